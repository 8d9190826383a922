/** That a key was taken out of use for good is on record, with who asked for it, however the run ends. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { RevocationRecord } from '../../domain/revocation.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import { awaited, organisation } from '../onboarding.ts';
import { rotate, rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed, newOnboarded, quick } from './support.ts';

let world: TestWorld;
let first: IssuedCertificate;
let serial: string;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  serial = new X509Certificate(first.leaf).serialNumber;
});
after(() => world.close());

const onboarded = (): Promise<OnboardingRequest> => newOnboarded(world, first);

type Kept = { readonly outcome: string; readonly revocation?: RevocationRecord };

/** What the record secret of the tenant's client holds, from the first run to the last. */
function recordsOf({ tenant }: OnboardingRequest): Kept[] {
  const { secrets } = world.cloud.google.inspect();
  const record = secrets.find(({ name }) => name.includes(`/${tenant}-`) && name.endsWith('-record'));
  return (record?.versions ?? []).map(({ payload }) => JSON.parse(String(payload)) as Kept);
}

const revoking = (request: OnboardingRequest) => {
  const { chain: _, ...rest } = rotationOf(request, first, { compromised: serial });
  return rest;
};

/** The last record tells of the revocation, whole, in a run that ended so. */
function assertRecorded(request: OnboardingRequest, outcome: string): void {
  const kept = recordsOf(request).at(-1);
  assert.equal(kept?.outcome, outcome);
  const { serialNumber, by, at, steps } = kept.revocation ?? {};
  assert.deepEqual([serialNumber, by], [serial, 'per']);
  assert.match(at ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const key = `${request.tenant}-local-maskinporten`;
  assert.deepEqual(
    steps?.map(({ kind, resource, state }) => [kind, resource.split('/cryptoKeys/')[1], state]),
    [
      ['revoke-rights', key, 'done'],
      ['disable-key-version', `${key}/cryptoKeyVersions/1`, 'done'],
    ],
  );
}

test('of a run that fails before anybody decided', async () => {
  const request = await onboarded();
  const sameKey = await startRotation(world, rotationOf(request, first, { compromised: serial }));
  const { findings } = await failed(sameKey);
  assert.ok(findings.some(({ code }) => code === 'CERTIFICATE_SAME_KEY'));
  assertRecorded(request, 'failed');
});

test('of a run that is withdrawn', async () => {
  const request = await onboarded();
  const handle = await startRotation(world, revoking(request));
  await awaited(handle, 'certificate');
  await handle.executeUpdate(withdrawUpdate, { args: [{ by: 'ola', reason: 'another day' }] });
  assert.equal((await handle.result()).outcome, 'withdrawn');
  assertRecorded(request, 'withdrawn');
});

test('of a run that nobody brings a certificate to', async () => {
  const request = await onboarded();
  const handle = await startRotation(world, revoking({ ...request, pace: { ...request.pace, submission: 1 } }));
  assert.equal((await handle.result()).outcome, 'expired');
  assertRecorded(request, 'expired');
});

test('of a run whose first step came about, and not the second', async () => {
  const request = await onboarded();
  world.cloud.calls.disturb({
    before: ({ method }) => (method === 'UpdateCryptoKeyVersion' ? 'refuse' : 'none'),
  });
  const pace = { ...quick(1), patience: 2 };
  await failed(await startRotation(world, revoking({ ...request, pace })));
  world.cloud.calls.disturb();
  const kept = recordsOf(request).at(-1);
  assert.deepEqual(
    kept?.revocation?.steps.map(({ kind, state }) => [kind, state]),
    [
      ['revoke-rights', 'done'],
      ['disable-key-version', 'failed'],
    ],
  );
});

test('of a run that has nothing else to do, and that is then not called unchanged', async () => {
  const request = await onboarded();
  const next = await world.cloud.authority.issue({ organisation });
  await rotate(world, request, next);
  assert.equal(recordsOf(request).at(-1)?.revocation, undefined, 'a rotation as usual revokes nothing');

  const again = rotationOf(request, next, { compromised: serial });
  const told = await (await startRotation(world, again)).result();
  assert.equal(told.outcome, 'rotated', told.reason);
  assert.deepEqual(
    recordsOf(request)
      .at(-1)
      ?.revocation?.steps.map(({ kind, state }) => [kind, state]),
    [['disable-key-version', 'done']],
  );
  const kept = recordsOf(request).length;
  assert.equal((await (await startRotation(world, again)).result()).outcome, 'unchanged');
  assert.equal(recordsOf(request).length, kept);
});

test('the audit log tells of each step as it is done, with who asked', async () => {
  const request = await onboarded();
  const handle = await startRotation(world, revoking(request));
  await awaited(handle, 'certificate');
  const { tenant } = request;
  const own = (world.audit as { event?: string; tenant?: string; requestedBy?: string; run?: string }[]).filter(
    (entry) => entry.tenant === tenant && entry.event?.endsWith('-revoked'),
  );
  const { runId } = await handle.describe();
  assert.deepEqual(
    own.map(({ event, requestedBy, run }) => [event, requestedBy, run]),
    [
      ['key-rights-revoked', 'per', runId],
      ['key-version-revoked', 'per', runId],
    ],
  );
  await handle.terminate();
});
