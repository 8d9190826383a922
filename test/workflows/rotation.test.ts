/** Rotation of a certificate: the new one is proven and used before the old key goes, and there is a way back. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { statusQuery, withdrawUpdate } from '../../workflows/messages.ts';
import { awaited, decide, organisation, submitKey } from '../onboarding.ts';
import { keyStates, rollBack, rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed, newOnboarded, newRequest, writes } from './support.ts';

let world: TestWorld;
let first: IssuedCertificate;
let second: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  first = await world.cloud.authority.issue({ organisation });
  second = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

const onboarded = (): Promise<OnboardingRequest> => newOnboarded(world, first);

const serialOf = ({ leaf }: IssuedCertificate): string => new X509Certificate(leaf).serialNumber;

test('a new certificate is proven, used, and only then is the old key disabled', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const handle = await startRotation(world, rotationOf(request, second, { soak: 2 }));
  await submitKey(world, handle, second);
  await decide(handle);
  await awaited(handle, 'soak');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'ENABLED' });

  const result = await handle.result();
  assert.equal(result.outcome, 'rotated');
  assert.equal(result.active?.document.certificate.serialNumber, serialOf(second));
  assert.match(result.active?.version ?? '', /\/versions\/2$/);
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'DISABLED', [`${key}/2`]: 'ENABLED' });
});

test('the same certificate with nothing else changed has an empty plan and writes nothing', async () => {
  const request = await onboarded();
  const written = writes(world).length;
  const result = await (await startRotation(world, rotationOf(request, first))).result();
  assert.equal(result.outcome, 'unchanged');
  assert.deepEqual(result.steps, []);
  assert.equal(writes(world).length, written);
});

test('in the soak one command goes back, and the new key is disabled when nobody uses it', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const handle = await startRotation(world, rotationOf(request, second, { soak: 60 }));
  await submitKey(world, handle, second);
  await decide(handle);
  await awaited(handle, 'soak');
  const late = await handle.executeUpdate(withdrawUpdate, { args: [{ by: 'per', reason: 'no' }] });
  assert.deepEqual(late, {
    outcome: 'refused',
    message: 'The new certificate is active: go back with `digdir roll-back`, in the soak.',
  });

  assert.equal((await rollBack(handle)).outcome, 'accepted');
  const result = await handle.result();
  assert.equal(result.outcome, 'rolled-back');
  assert.match(result.reason, /^Rolled back by ola: logins fail$/);
  assert.equal(result.active?.document.certificate.serialNumber, serialOf(first));
  assert.match(result.active?.version ?? '', /\/versions\/3$/);
  assert.deepEqual(result.active?.document.approvals.at(-1)?.gate, 'roll-back');
  const again = await startRotation(world, rotationOf(request, second));
  await awaited(again, 'decision');
  const { notices, active } = await again.query(statusQuery);
  assert.deepEqual(
    notices.map(({ code }) => code),
    ['CERTIFICATE_ROLLED_BACK'],
    'whoever starts it again, or approves, is told',
  );
  assert.equal(active?.serialNumber, serialOf(first));
  await decide(again, { verdict: 'reject' });
  assert.equal((await again.result()).outcome, 'rejected');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'DISABLED' });
});

test('a rotation that is rejected leaves the old certificate active and disables the new key', async () => {
  const request = await onboarded();
  const key = `${request.tenant}-local-maskinporten`;
  const handle = await startRotation(world, rotationOf(request, second));
  await submitKey(world, handle, second);
  await decide(handle, { verdict: 'reject' });
  const result = await handle.result();
  assert.equal(result.outcome, 'rejected');
  assert.deepEqual(keyStates(world, request), { [`${key}/1`]: 'ENABLED', [`${key}/2`]: 'DISABLED' });
});

test('nothing is rotated where nothing is active', async () => {
  const request = newRequest(world, first);
  const { code, findings } = await failed(await startRotation(world, rotationOf(request, second)));
  assert.equal(code, 'ROTATION_NOTHING_ACTIVE');
  assert.deepEqual(
    findings.map((finding) => finding.code),
    ['ROTATION_NOTHING_ACTIVE'],
  );
});
