/** A key that is in the crypto key already, in a version that a person disabled or is getting rid of: explained, not doubled. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decide, onboard, organisation, register, startOnboarding } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed, newRequest, ownerOf, writes } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
let owner: ReturnType<typeof ownerOf>;
let request: OnboardingRequest;
let name: string;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
  owner = ownerOf(world);
  request = newRequest(world, issued);
  register(world.cloud, request);
  name = (await onboard(world, request, issued)).resources?.keyVersion ?? '';
});
after(async () => {
  await owner.close();
  await world.close();
});

const setState = (state: 'ENABLED' | 'DISABLED') =>
  owner.kms.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state }, updateMask: { paths: ['state'] } });

async function foundWithoutWriting(): Promise<string[]> {
  const written = writes(world).length;
  const { findings } = await failed(await startOnboarding(world, request));
  assert.equal(writes(world).length, written);
  return findings.filter(({ where }) => where === name).map(({ code }) => code);
}

test('a version that a person disabled is explained, and nothing is created', async () => {
  await setState('DISABLED');
  assert.deepEqual(await foundWithoutWriting(), ['KEY_VERSION_DISABLED']);
});

test('a version that is scheduled for destruction is explained, and can be restored', async () => {
  await owner.kms.destroyCryptoKeyVersion({ name });
  assert.deepEqual(await foundWithoutWriting(), ['KEY_VERSION_DESTROYED']);
  await owner.kms.restoreCryptoKeyVersion({ name });
  assert.deepEqual(await foundWithoutWriting(), ['KEY_VERSION_DISABLED']);
  await setState('ENABLED');
  assert.equal((await (await startOnboarding(world, request)).result()).outcome, 'unchanged');
});

test('rights that somebody took away are given again, and the rest stays as it is', async () => {
  const key = name.replace(/\/cryptoKeyVersions\/.*/, '');
  const policies = owner.kms as unknown as Pick<typeof owner.secrets, 'getIamPolicy' | 'setIamPolicy'>;
  const [policy] = await policies.getIamPolicy({ resource: key });
  const auditor = { role: 'roles/cloudkms.viewer', members: ['user:auditor@example.no'] };
  await policies.setIamPolicy({ resource: key, policy: { ...policy, bindings: [auditor] } });

  const handle = await startOnboarding(world, request);
  const result = await handle.result();

  assert.equal(result.outcome, 'onboarded');
  assert.deepEqual(
    result.steps.map(({ kind }) => kind),
    ['grant'],
  );
  const [after] = await policies.getIamPolicy({ resource: key });
  const roles = (after.bindings ?? []).map(({ role }) => String(role)).sort();
  assert.deepEqual(roles, ['roles/cloudkms.signerVerifier', 'roles/cloudkms.viewer']);
});

test('another certificate goes into the same crypto key, beside the one that is active', async () => {
  const successor = await world.cloud.authority.issue({ organisation });
  const next = { ...request, chain: successor.chain.join('') };
  const result = await onboard(world, next, successor);
  assert.equal(result.outcome, 'onboarded');
  assert.match(result.resources?.keyVersion ?? '', /cryptoKeyVersions\/2$/);
  assert.match(result.active?.version ?? '', /versions\/2$/);
  const back = await startOnboarding(world, request);
  await decide(back);
  assert.equal((await back.result()).resources?.keyVersion, name, 'the former one is still there');
});
