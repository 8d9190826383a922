/** A compromised key goes at once, with its rights; the next certificate may be any other, and takes another crypto key. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { lastPart } from '../../domain/names.ts';
import type { RotationRequest, RotationResult } from '../../domain/rotation.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { submitCertificateUpdate } from '../../workflows/messages.ts';
import { runPreview } from '../../client/preview.ts';
import { startOrAttach } from '../../client/start.ts';
import { defaultGatePolicy } from '../../domain/approval.ts';
import { awaited, decide, organisation, requestFor, startOnboarding, statusWhen, submitKey } from '../onboarding.ts';
import { keyStates, rollBack, rotate, rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import {
  failed,
  newOnboarded,
  nextGate,
  ownerOf,
  quick,
  revokedAtActivation,
  startPreview,
  writes,
} from './support.ts';

let world: TestWorld;
let first: IssuedCertificate;
let older: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  const { validFromDate, validToDate } = new X509Certificate(first.leaf);
  const before = (date: Date) => new Date(date.getTime() - 86_400_000);
  older = await world.cloud.authority.issue({
    organisation,
    notBefore: before(validFromDate),
    notAfter: before(validToDate),
  });
});
after(() => world.close());

const onboarded = (): Promise<OnboardingRequest> => newOnboarded(world, first);

const serial = (): string => new X509Certificate(first.leaf).serialNumber;

const withoutCertificate = (request: OnboardingRequest, compromised: string): RotationRequest => {
  const { chain: _, ...rest } = rotationOf(request, first, { compromised });
  return rest;
};

/** Who may sign with the client's crypto key. */
function signers({ tenant }: OnboardingRequest): string[] {
  const { cryptoKeys } = world.cloud.google.inspect();
  const key = cryptoKeys.find(({ name }) => name.endsWith(`/cryptoKeys/${tenant}-local-maskinporten`));
  const signing = (key?.bindings ?? []).filter(({ role }) => role === 'roles/cloudkms.signerVerifier');
  return signing.flatMap(({ members }) => members ?? []);
}

test('rights and version go before there is another certificate, and an older one may follow', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  assert.equal(signers(request).length, 2);
  const handle = await startRotation(world, withoutCertificate(request, serial().toLowerCase()));
  await awaited(handle, 'certificate');
  assert.deepEqual(signers(request), []);
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED' });

  const again = await handle.executeUpdate(submitCertificateUpdate, {
    args: [{ chain: first.chain.join(''), submittedBy: 'per' }],
  });
  assert.deepEqual([again.outcome, again.code], ['refused', 'CERTIFICATE_SAME_KEY']);
  assert.deepEqual(
    again.findings?.map(({ code }) => code),
    ['CERTIFICATE_SAME_KEY'],
  );
  const next = await handle.executeUpdate(submitCertificateUpdate, {
    args: [{ chain: older.chain.join(''), submittedBy: 'per' }],
  });
  assert.equal(next.outcome, 'accepted');
  await submitKey(world, handle, older);
  await decide(handle);
  assert.equal((await handle.result()).outcome, 'rotated');
});

test('the new key goes into another crypto key, and nothing has to soak', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const handle = await startRotation(world, rotationOf(request, older, { compromised: serial(), soak: 3_600 }));
  await submitKey(world, handle, older);
  await decide(handle);
  const result = await handle.result();
  assert.equal(result.outcome, 'rotated');
  assert.deepEqual(
    result.notices.map(({ code }) => code).filter((code) => code.startsWith('CERTIFICATE_')),
    ['CERTIFICATE_OLDER_ALLOWED', 'CERTIFICATE_SOONER_ALLOWED'],
  );
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED', [`${key}-2048/1`]: 'ENABLED' });
  assert.deepEqual(
    result.steps.filter(({ phase }) => phase === 'revocation').map(({ kind, state }) => `${kind} ${state}`),
    ['revoke-rights done', 'disable-key-version done'],
  );
  const once = await (await startRotation(world, rotationOf(request, older, { compromised: serial() }))).result();
  assert.equal(once.outcome, 'unchanged', 'said again, it does not touch the new certificate');

  const written = writes(world).length;
  const { findings } = await failed(await startOnboarding(world, request));
  assert.deepEqual(
    findings.map(({ code }) => code).filter((code) => code.startsWith('CERTIFICATE')),
    ['CERTIFICATE_SAME_KEY'],
    'nobody brings the compromised key back by onboarding it',
  );
  assert.equal(writes(world).length, written);
});

test('a next certificate that stops working at activation fails the run, as there is no way back', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const revoked = await world.cloud.authority.issue({ organisation });
  const approval = { activation: { ...defaultGatePolicy, remindAfter: [] } };
  const asked = { ...request, approval, pace: { ...quick(2), patience: 10 } };
  const handle = await startRotation(world, rotationOf(asked, revoked, { compromised: serial() }));
  await revokedAtActivation(world, handle, revoked);
  const { code, message } = await failed(handle);
  assert.equal(code, 'ASSERTION_CERTIFICATE_REFUSED', message);
  const { phase, steps } = await handle.query<{ phase: string; steps: { kind: string }[] }>('status');
  assert.equal(phase, 'ended');
  assert.ok(!steps.some(({ kind }) => kind === 'verify-former'), 'the compromised key is not tried');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED', [`${key}-2048/1`]: 'ENABLED' });
});

test('a key that was retired already stays out of use for good', async () => {
  const request = await onboarded();
  const next = await world.cloud.authority.issue({ organisation });
  await rotate(world, request, next);

  const told = await (await startRotation(world, withoutCertificate(request, serial()))).result();
  assert.equal(told.outcome, 'rotated', told.reason);
  const again = await (await startRotation(world, withoutCertificate(request, serial()))).result();
  assert.equal(again.outcome, 'unchanged', again.reason);
  const { code } = await failed(await startPreview(world, request));
  assert.equal(code, 'KEY_VERSION_DISABLED');
});

test('what people took out of use by hand is marked and kept on record as compromised too', async (t) => {
  const request = await onboarded();
  const owner = ownerOf(world);
  t.after(async () => await owner.close());
  const keyOf = () => world.cloud.google.inspect().cryptoKeys.find(({ name }) => name.includes(`/${request.tenant}/`));
  const version = { name: `${keyOf()?.name}/cryptoKeyVersions/1`, state: 'DISABLED' } as const;
  await owner.kms.updateCryptoKeyVersion({ cryptoKeyVersion: version, updateMask: { paths: ['state'] } });
  const handle = await startRotation(world, withoutCertificate(request, serial()));
  const { steps } = await statusWhen(handle, ({ awaiting }) => awaiting?.what === 'certificate');
  assert.deepEqual(
    steps.map(({ kind, state }) => [kind, state]),
    [
      ['revoke-rights', 'done'],
      ['disable-key-version', 'done'],
    ],
  );
  const labels = keyOf()?.labels ?? {};
  assert.deepEqual([labels['compromised'], labels['compromised-1']], ['true', 'true']);
});

test('a serial number that was never active is refused, and nothing is touched', async () => {
  const request = await onboarded();
  const written = writes(world).length;
  const { code, findings } = await failed(await startRotation(world, withoutCertificate(request, '00AB')));
  assert.equal(code, 'CERTIFICATE_UNKNOWN');
  assert.match(findings[0]?.message ?? '', new RegExp(serial()));
  assert.equal(writes(world).length, written);
});

test('a rotation that waits gives way', async () => {
  const request = await onboarded();
  const second = await world.cloud.authority.issue({ organisation });
  const waiting = await startRotation(world, rotationOf(request, second));
  await submitKey(world, waiting, second);
  await awaited(waiting, 'decision');

  const mistyped = startOrAttach(world.client, world.prefix, withoutCertificate(request, '00AB'));
  await assert.rejects(mistyped, { code: 'CERTIFICATE_UNKNOWN' });
  assert.equal((await waiting.describe()).status.name, 'RUNNING', 'nothing is ended for a serial number that is wrong');

  const started = await startOrAttach(world.client, world.prefix, withoutCertificate(request, serial()));
  const ended = await waiting.result();
  assert.equal(ended.outcome, 'withdrawn');
  assert.match(ended.reason, /^Withdrawn by per: the key of the certificate [0-9A-F]+ is compromised$/);
  assert.equal(started.attached, undefined);
  const joined = await startOrAttach(world.client, world.prefix, withoutCertificate(request, serial()));
  assert.equal(joined.runId, started.runId);
  await joined.handle.terminate();
});

test('a rotation in its soak gives way too, and the record says for whom', async () => {
  const request = await onboarded();
  const second = await world.cloud.authority.issue({ organisation });
  const soaking = await startRotation(world, rotationOf(request, second, { soak: 3_600 }));
  await submitKey(world, soaking, second);
  await decide(soaking);
  await awaited(soaking, 'soak');

  const compromised = new X509Certificate(second.leaf).serialNumber;
  const { handle } = await startOrAttach(world.client, world.prefix, withoutCertificate(request, compromised));
  const { outcome, reason } = await soaking.result();
  assert.equal(outcome, 'withdrawn');
  assert.equal(reason, `Withdrawn by per: the key of the certificate ${compromised} is compromised`);
  await handle.terminate();
});

test('a way back gives way in its drain, in which the compromised key would work on', async () => {
  const request = await onboarded();
  const second = await world.cloud.authority.issue({ organisation });
  const goingBack = await startRotation(world, rotationOf(request, second, { soak: 3_600, drain: 3_600 }));
  await submitKey(world, goingBack, second);
  await decide(goingBack);
  await awaited(goingBack, 'soak');
  await rollBack(goingBack);
  await awaited(goingBack, 'drain');

  const compromised = new X509Certificate(second.leaf).serialNumber;
  const { handle } = await startOrAttach(world.client, world.prefix, withoutCertificate(request, compromised));
  const { outcome, reason } = await goingBack.result();
  assert.equal(outcome, 'rolled-back');
  assert.match(reason, /^Rolled back by ola: logins fail; .* the new key version stays enabled$/);
  const revoked: { readonly outcome: string } = await handle.result();
  assert.equal(revoked.outcome, 'rotated');
  assert.deepEqual(Object.values(keyStates(world, request)), ['ENABLED', 'DISABLED']);
});

test('what it takes out of use can be seen before', async () => {
  const request = await onboarded();
  const written = writes(world).length;
  const orders = [{ request: withoutCertificate(request, serial()) }];
  const { exitCode, previews } = await runPreview({
    orders,
    client: world.client,
    prefix: world.prefix,
    say: assert.fail,
  });
  assert.equal(exitCode, 7);
  assert.deepEqual(
    previews.flatMap(({ plans }) => plans.map(({ plan }) => [plan.phase, plan.steps.map(({ kind }) => kind)])),
    [['revocation', ['revoke-rights', 'disable-key-version']]],
  );
  assert.equal(writes(world).length, written);
});

test('an older key that is still enabled goes without a soak too, as there is no way back', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const [second, third] = [
    await world.cloud.authority.issue({ organisation }),
    await world.cloud.authority.issue({ organisation }),
  ];
  const approval = { retirement: { ...defaultGatePolicy, remindAfter: [] } };
  const kept = await startRotation(world, rotationOf({ ...request, approval }, second));
  await submitKey(world, kept, second);
  const { digest } = await awaited(kept, 'decision');
  await decide(kept);
  await nextGate(kept, digest);
  await decide(kept, { verdict: 'reject' });
  await kept.result();
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'ENABLED' });

  const compromised = new X509Certificate(second.leaf).serialNumber;
  const handle = await startRotation(world, rotationOf(request, third, { compromised, soak: 3_600 }));
  await submitKey(world, handle, third);
  await decide(handle);
  assert.equal((await handle.result()).outcome, 'rotated');
  assert.deepEqual(keyStates(world, request), {
    [`${key}/1`]: 'DISABLED',
    [`${key}/2`]: 'DISABLED',
    [`${key}-2048/1`]: 'ENABLED',
  });
});

test('a next certificate whose key is in the same crypto key already goes into another one', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const second = await world.cloud.authority.issue({ organisation });
  const waiting = await startRotation(world, rotationOf(request, second));
  await submitKey(world, waiting, second);
  await awaited(waiting, 'decision');

  const asked = rotationOf(request, second, { compromised: serial() });
  const { previews } = await runPreview({
    orders: [{ request: asked }],
    client: world.client,
    prefix: world.prefix,
    say: assert.fail,
  });
  const planned = previews.flatMap(({ plans }) => plans.flatMap(({ plan }) => plan.steps));
  const changes = planned.map(({ kind, resource }) => `${kind} ${lastPart(resource)}`);
  assert.ok(changes.includes(`import-key ${key}-2048`), changes.join(', '));
  assert.ok(!changes.some((change) => change.startsWith('enable')), changes.join(', '));

  const { handle } = await startOrAttach(world.client, world.prefix, asked);
  await submitKey(world, handle, second);
  await decide(handle);
  const result = (await handle.result()) as RotationResult;
  assert.equal(result.outcome, 'rotated', result.reason);
  const states = { [`${key}/1`]: 'DISABLED', [`${key}/2`]: 'DISABLED', [`${key}-2048/1`]: 'ENABLED' };
  assert.deepEqual(keyStates(world, request), states);
});

test('a key that was compromised before is refused when it is handed in, and the run goes on waiting', async () => {
  const request = await onboarded();
  const second = await world.cloud.authority.issue({ organisation });
  const rotation = await startRotation(world, rotationOf(request, second, { compromised: serial() }));
  await submitKey(world, rotation, second);
  await decide(rotation);
  assert.equal((await rotation.result()).outcome, 'rotated');

  const { serialNumber } = new X509Certificate(second.leaf);
  const handle = await startRotation(world, withoutCertificate(request, serialNumber));
  await awaited(handle, 'certificate');
  const answer = await handle.executeUpdate(submitCertificateUpdate, {
    args: [{ chain: first.chain.join(''), submittedBy: 'per' }],
  });
  assert.deepEqual([answer.outcome, answer.code], ['refused', 'CERTIFICATE_SAME_KEY']);
  await awaited(handle, 'certificate');
  await handle.terminate();
});

test('a compromised key is not taken as that of the other admin client either', async () => {
  const request = await onboarded();
  const handle = await startRotation(world, withoutCertificate(request, serial()));
  await awaited(handle, 'certificate');
  await handle.terminate();
  const other = requestFor(world, first, { kind: 'idporten', tenant: request.tenant, google: request.google });
  const written = writes(world).length;
  const { findings } = await failed(await startOnboarding(world, other));
  assert.deepEqual(
    findings.map(({ code }) => code).filter((code) => code.startsWith('CERTIFICATE_SAME')),
    ['CERTIFICATE_SAME_KEY'],
  );
  assert.equal(writes(world).length, written);
});
