/** What a client uses is taken out of use by nothing but what says so; and the way back leads to what was used before. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { compromisedKey } from '../../client/compromised-key.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decide, organisation, register, statusWhen, startOnboarding, submitKey } from '../onboarding.ts';
import { keyStates, rollBack, rotate, rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newOnboarded, ownerOf } from './support.ts';

let world: TestWorld;
let owner: ReturnType<typeof ownerOf>;
let first: IssuedCertificate;
let second: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  owner = ownerOf(world);
  first = await world.cloud.authority.issue({ organisation });
  second = await world.cloud.authority.issue({ organisation });
});
after(async () => {
  await owner.close();
  await world.close();
});

const fewer = (request: OnboardingRequest): OnboardingRequest => ({
  ...request,
  client: { ...request.client, scopes: request.client.scopes.slice(0, 1) },
});

/** The version of the request's crypto key that has this number. */
function keyVersion({ tenant }: OnboardingRequest, number: number): string {
  const { cryptoKeys } = world.cloud.google.inspect();
  const key = cryptoKeys.find(({ name }) => name.includes(`/keyRings/${tenant}/`));
  return `${key?.name}/cryptoKeyVersions/${number}`;
}

const soaking = (handle: WorkflowHandle) => statusWhen(handle, ({ awaiting }) => awaiting?.what === 'soak');

/** Onboards by a key that is in KMS already. */
async function onboardAgain(request: OnboardingRequest, issued: IssuedCertificate): Promise<void> {
  const handle = await startOnboarding(world, { ...request, chain: issued.chain.join('') });
  await decide(handle);
  const { outcome } = await handle.result();
  assert.equal(outcome, 'onboarded');
}

test('a version that a run disabled, and a person enabled again, is the person’s: a rejection leaves it', async () => {
  const request = await newOnboarded(world, first);
  await rotate(world, request, second);
  const state = { name: keyVersion(request, 1), state: 'ENABLED' } as const;
  await owner.kms.updateCryptoKeyVersion({ cryptoKeyVersion: state, updateMask: { paths: ['state'] } });
  await onboardAgain(request, first);
  const handle = await startOnboarding(world, fewer(request));
  await decide(handle, { verdict: 'reject' });
  const { outcome, tidied } = await handle.result();
  assert.deepEqual([outcome, tidied], ['rejected', []]);
  assert.equal(Object.values(keyStates(world, request))[0], 'ENABLED');
});

test('scopes alone are rolled back too, and no other certificate comes back by it', async () => {
  const request = await newOnboarded(world, first);
  await rotate(world, request, second);
  await onboardAgain(request, first);
  const handle = await startRotation(world, rotationOf(fewer(request), first, { soak: 60 }));
  await decide(handle);
  await soaking(handle);
  await rollBack(handle);
  const { outcome, reason, active } = await handle.result();
  assert.equal(outcome, 'rolled-back', reason);
  assert.deepEqual(active?.document.scopes.toSorted(), request.client.scopes.toSorted());
  assert.equal(active?.document.keyVersion, keyVersion(request, 1));
});

test('a compromised certificate whose key another one uses by now leaves the client without a key, and waits', async () => {
  const request = await newOnboarded(world, first);
  const reissued = await world.cloud.authority.issue({ organisation, privateKey: first.privateKey });
  const update = await startRotation(world, rotationOf(request, reissued));
  await decide(update);
  assert.equal((await update.result()).outcome, 'rotated');
  const { serialNumber } = new X509Certificate(first.leaf);
  const { chain: _, ...asked } = rotationOf(request, reissued, { compromised: serialNumber });
  const handle = await startRotation(world, asked);
  const status = await statusWhen(handle, ({ awaiting }) => awaiting !== undefined);
  assert.deepEqual([status.awaiting?.what, compromisedKey(status)], ['certificate', 'out of use']);
  await handle.cancel();
  assert.equal((await handle.result()).outcome, 'withdrawn');
});

test('a key that the other client uses as well is left when one of them goes back', async () => {
  const request = await newOnboarded(world, first);
  const other: OnboardingRequest = { ...request, kind: 'idporten' };
  register(world.cloud, other);
  const handle = await startRotation(world, rotationOf(request, second, { soak: 120 }));
  await submitKey(world, handle, second);
  await decide(handle);
  await soaking(handle);
  const existing = { keyVersion: keyVersion(request, 2) };
  await onboardAgain({ ...other, existing }, second);
  await rollBack(handle);
  assert.equal((await handle.result()).outcome, 'rolled-back');
  assert.deepEqual(Object.values(keyStates(world, request)), ['ENABLED', 'ENABLED']);
});
