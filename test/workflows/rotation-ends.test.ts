/** What a rotation refuses before anything is created, the gate of its retirement, and the ways back. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { defaultGatePolicy } from '../../domain/approval.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { awaited, decide, organisation, statusWhen, submitKey } from '../onboarding.ts';
import { keyStates, rollBack, rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed, newOnboarded, nextGate, ownerOf, quick, revokedAtActivation, writes } from './support.ts';

let world: TestWorld;
let first: IssuedCertificate;
let second: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  second = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

const gate = { ...defaultGatePolicy, remindAfter: [] };

const onboarded = (): Promise<OnboardingRequest> => newOnboarded(world, first);

const moved = (days: number) => {
  const { validFromDate, validToDate } = new X509Certificate(first.leaf);
  const by = (date: Date) => new Date(date.getTime() + days * 86_400_000);
  return { from: by(validFromDate), to: by(validToDate) };
};

const wrong: Record<string, { issue: () => Promise<IssuedCertificate>; codes: string[] }> = {
  'of another organisation': {
    issue: () => world.cloud.authority.issue({ organisation: '991825827' }),
    codes: ['CERTIFICATE_ORGANISATION_OTHER'],
  },
  'that is older': {
    issue: () => world.cloud.authority.issue({ organisation, notBefore: moved(-30).from }),
    codes: ['CERTIFICATE_OLDER'],
  },
  'that ends sooner': {
    issue: () => world.cloud.authority.issue({ organisation, notAfter: moved(-30).to }),
    codes: ['CERTIFICATE_SOONER'],
  },
  'of an authority of another environment': {
    issue: () => world.cloud.authority.issue({ organisation, shape: 'production' }),
    codes: ['CERTIFICATE_ISSUER_UNKNOWN'],
  },
};

for (const [name, { issue, codes }] of Object.entries(wrong)) {
  test(`a certificate ${name} is refused before anything is created`, async () => {
    const request = await onboarded();
    const written = writes(world).length;
    const { findings } = await failed(await startRotation(world, rotationOf(request, await issue())));
    const stopping = findings.map(({ code }) => code).filter((code) => code.startsWith('CERTIFICATE'));
    assert.deepEqual(stopping, codes);
    assert.equal(writes(world).length, written);
  });
}

async function atRetirement(request: OnboardingRequest, expiresAfter = gate.expiresAfter) {
  const retirement = { ...gate, expiresAfter };
  const handle = await startRotation(world, rotationOf({ ...request, approval: { retirement } }, second));
  await submitKey(world, handle, second);
  const { digest } = await awaited(handle, 'decision');
  await decide(handle);
  return { handle, digest };
}

test('at the gate of retirement both keys work until it is approved', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const { handle, digest } = await atRetirement(request);
  assert.equal((await nextGate(handle, digest)).gate, 'retirement');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'ENABLED' });
  assert.equal((await decide(handle, { by: 'per' })).code, 'DECISION_OWN_REQUEST');
  await decide(handle);
  assert.equal((await handle.result()).outcome, 'rotated');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED', [`${key}/2`]: 'ENABLED' });
});

test('a retirement that is rejected keeps both keys, and running again retires the old one', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const { handle, digest } = await atRetirement(request);
  await nextGate(handle, digest);
  await decide(handle, { verdict: 'reject' });
  const result = await handle.result();
  assert.equal(result.outcome, 'rejected');
  assert.match(
    result.tidied.join(),
    /^kept the certificate active that .* names, and the former key version as it is$/,
  );
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'ENABLED' });

  const again = await (await startRotation(world, rotationOf(request, second))).result();
  assert.equal(again.outcome, 'rotated');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED', [`${key}/2`]: 'ENABLED' });
});

test('a retirement that nobody decides about expires, and there is a way back from its gate', async () => {
  const request = await onboarded();
  const { handle } = await atRetirement(request, 1);
  assert.equal((await handle.result()).outcome, 'expired');

  const again = { ...request, approval: { retirement: gate } };
  const waiting = await startRotation(world, rotationOf(again, second));
  await nextGate(waiting);
  assert.equal((await rollBack(waiting)).outcome, 'accepted');
  const result = await waiting.result();
  assert.equal(result.outcome, 'rolled-back');
  assert.equal(result.active?.document.certificate.serialNumber, new X509Certificate(first.leaf).serialNumber);
});

test('nothing is rolled back to a certificate that no token can be had by, and the new one stays', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const handle = await startRotation(world, rotationOf({ ...request, pace: quick(2) }, second, { soak: 8 }));
  await submitKey(world, handle, second);
  await decide(handle);
  await awaited(handle, 'soak');
  const owner = ownerOf(world);
  const [name = ''] = world.cloud.google
    .inspect()
    .cryptoKeys.flatMap(({ versions }) => versions.map((version) => version.name))
    .filter((version) => version.endsWith(`/${key}/cryptoKeyVersions/1`));
  await owner.kms.updateCryptoKeyVersion({
    cryptoKeyVersion: { name, state: 'DISABLED' },
    updateMask: { paths: ['state'] },
  });
  await owner.close();

  await rollBack(handle);
  const { awaiting } = await statusWhen(handle, (status) => status.awaiting?.refusal !== undefined);
  assert.equal(awaiting?.what, 'soak');
  assert.match(awaiting?.refusal ?? '', /^ola rolled back, and the new certificate stays: .*is not enabled/);
  assert.equal((await handle.result()).outcome, 'rotated');
});

test('a new certificate that stops working at activation is rolled back by the run itself', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const revoked = await world.cloud.authority.issue({ organisation });
  const asked = { ...request, approval: { activation: gate }, pace: quick(2) };
  const handle = await startRotation(world, rotationOf(asked, revoked));
  await revokedAtActivation(world, handle, revoked);
  const result = await handle.result();
  assert.equal(result.outcome, 'rolled-back');
  assert.match(result.reason, /^Rolled back by the run itself: No token could be had by the new document/);
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'DISABLED' });
});
