/** Every form in which a business certificate's key arrives is onboarded by the command, and its output shows none of it. */
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { KeyFileForm } from '../../local/authority/key-files.ts';
import { ownNeedles } from '../key-scan/registry.ts';
import { scanBytes } from '../key-scan/scan.ts';
import { decide } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { callOnboard, prepareCase } from './onboard-call.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
});
after(() => world.close());

const strange = 'æøå ¤';

const cases: readonly (readonly [KeyFileForm, 2048 | 3072 | 4096, string])[] = [
  ['pkcs12-aes256', 2048, 'hemmelig'],
  ['pkcs12-3des', 3072, strange],
  ['pkcs12-rc2-40', 2048, strange],
  ['pkcs12-openssl', 4096, strange],
  ['pem-pkcs1', 3072, ''],
  ['pem-pkcs8', 4096, ''],
  ['pem-encrypted-pkcs8', 2048, strange],
  ['der', 2048, ''],
];

describe('digdir onboard', { concurrency: 2 }, () => {
  for (const [form, keySize, passphrase] of cases) {
    test(`takes ${form}, ${keySize} bits, passphrase "${passphrase}"`, async () => {
      const tried = await prepareCase(world, { form, keySize, passphrase });
      const call = await callOnboard(world, tried);
      await call.said(/started/);
      await decide(world.client.workflow.getHandle(tried.workflowId));

      const exitCode = await call.exitCode;
      const { stdout, stderr } = call.written();
      assert.equal(exitCode, 0, stderr);
      const { result } = (JSON.parse(stdout) as { clients: { result: { outcome: string } }[] }).clients[0] ?? {};
      assert.equal(result?.outcome, 'onboarded');
      assert.deepEqual(publicKeysIn(tried.tenant), [spki(tried.issued.leaf)]);
      assert.deepEqual(scanBytes(ownNeedles, Buffer.from(stdout + stderr)), []);
    });
  }
});

/** The public keys that KMS holds in the tenant's key ring. */
function publicKeysIn(keyRing: string): string[] {
  const keys = world.cloud.google.inspect().cryptoKeys.filter(({ name }) => name.includes(`/keyRings/${keyRing}/`));
  return keys.flatMap(({ versions }) => versions.map(({ publicKey }) => spki(publicKey ?? '')));
}

const spki = (pem: string): string => createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64');
