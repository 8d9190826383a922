/** Adoption of what was made by hand: no private key, no new key version; and what does not fit together is found. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OnboardingRequest, Resources } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decide, organisation, register, startOnboarding } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { importByHand, prepareByHand, secretByHand } from './by-hand.ts';
import { failed, newRequest, ownerOf, writes } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
let other: IssuedCertificate;
let owner: ReturnType<typeof ownerOf>;
/** A tenant that was prepared by hand, registered at Digdir, and not yet adopted. */
let request: OnboardingRequest;
let existing: Resources;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
  other = await world.cloud.authority.issue({ organisation });
  owner = ownerOf(world);
  request = newRequest(world, issued);
  register(world.cloud, request);
  existing = await prepareByHand(world, owner, request, issued);
});
after(async () => {
  await owner.close();
  await world.close();
});

const imports = () => writes(world).filter(({ method }) => /^Import|ImportJob$/.test(method)).length;

const withNumber = (name: string): string =>
  name.replace(`projects/${world.cloud.google.project.id}/`, `projects/${world.cloud.google.project.number}/`);

/** Runs a request that has to fail, and tells its findings; nothing may be written. */
async function findingsOf(changed: Partial<OnboardingRequest>): Promise<{ code: string; where: string }[]> {
  const written = writes(world).length;
  const { findings } = await failed(await startOnboarding(world, { ...request, existing, ...changed }));
  assert.equal(writes(world).length, written, 'nothing was written');
  return findings.filter(({ code }) => code !== 'PERMISSION_UNKNOWN').map(({ code, where }) => ({ code, where }));
}

test('a key that is not the certificate’s, another chain and another client id are each found', async () => {
  const cryptoKey = existing.keyVersion.replace(/\/cryptoKeyVersions\/.*/, '');
  const keyVersion = await importByHand(owner, cryptoKey, other);
  assert.deepEqual(await findingsOf({ existing: { ...existing, keyVersion } }), [
    { code: 'ADOPTED_KEY_MISMATCH', where: keyVersion },
  ]);
  assert.deepEqual(await findingsOf({ chain: other.chain.join('') }), [
    { code: 'ADOPTED_KEY_MISMATCH', where: existing.keyVersion },
    { code: 'ADOPTED_KEY_MISMATCH', where: existing.chainVersion },
  ]);
  assert.deepEqual(await findingsOf({ client: { ...request.client, clientId: 'another-client' } }), [
    { code: 'ADOPTED_CLIENT_ID_MISMATCH', where: existing.clientIdVersion },
  ]);
});

test('what does not exist, lies elsewhere or cannot be read is found, all at once', async () => {
  const missing = {
    keyVersion: existing.keyVersion.replace(/\d+$/, '99'),
    chainVersion: existing.chainVersion.replace(/\d+$/, '99'),
    clientIdVersion: existing.clientIdVersion.replace(/\d+$/, '99'),
  };
  const found = await findingsOf({ existing: missing });
  assert.ok(found.every(({ code }) => code === 'ADOPTED_RESOURCE_MISSING'));
  assert.deepEqual(found.map(({ where }) => where).sort(), Object.values(missing).sort());

  const elsewhere = existing.chainVersion.replace(world.cloud.google.project.id, 'other-project');
  const outside = await findingsOf({ existing: { ...existing, chainVersion: elsewhere } });
  assert.ok(outside.some(({ code, where }) => code === 'ADOPTED_RESOURCE_ELSEWHERE' && where === elsewhere));

  const unreadable = await secretByHand(owner, request, 'closed', issued.chain.join(''));
  const closed = await findingsOf({ existing: { ...existing, chainVersion: unreadable } });
  assert.deepEqual(closed, [{ code: 'PERMISSION_MISSING', where: unreadable }]);
});

test('an adopted version that somebody disabled is explained, though another version holds the same key', async () => {
  const cryptoKey = existing.keyVersion.replace(/\/cryptoKeyVersions\/.*/, '');
  const twin = await importByHand(owner, cryptoKey, issued);
  const state = (to: 'ENABLED' | 'DISABLED') =>
    owner.kms.updateCryptoKeyVersion({
      cryptoKeyVersion: { name: existing.keyVersion, state: to },
      updateMask: { paths: ['state'] },
    });
  await state('DISABLED');
  const [finding] = await findingsOf({});
  assert.equal(finding?.code, 'KEY_VERSION_DISABLED');
  await state('ENABLED');
  assert.notEqual(twin, existing.keyVersion);
});

test('a world made by hand is adopted by name, without a private key and without a new key version', async () => {
  const before = imports();
  const adopting = {
    ...request,
    existing: {
      keyVersion: withNumber(existing.keyVersion),
      chainVersion: withNumber(existing.chainVersion),
      clientIdVersion: existing.clientIdVersion,
    },
  };
  const { chain: _readFromTheSecret, ...withoutChain } = adopting;
  const handle = await startOnboarding(world, withoutChain);
  await decide(handle);
  const result = await handle.result();

  assert.equal(result.outcome, 'onboarded');
  assert.equal(imports(), before);
  assert.equal(lastOf(result.resources?.keyVersion), lastOf(existing.keyVersion));
  assert.ok(result.handover?.yaml.includes(lastOf(existing.chainVersion)));
  assert.ok(!result.steps.some(({ kind }) => ['create-key-ring', 'create-crypto-key', 'import-key'].includes(kind)));

  const written = writes(world).length;
  const again = await startOnboarding(world, { ...request, existing });
  assert.equal((await again.result()).outcome, 'unchanged', 'by project id as by project number');
  assert.equal(writes(world).length, written);
});

const lastOf = (name = ''): string => name.split('/').slice(-3).join('/');
