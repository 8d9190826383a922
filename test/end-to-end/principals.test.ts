/** What each principal may not do in Cloud KMS and Secret Manager once an admin client is onboarded, by their refusals. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { Accounts } from '../../local/cloud.ts';
import { asCaller } from '../../local/grpc/as-caller.ts';
import { onboard, organisation, register, requestFor } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

type Clients = { readonly kms: KeyManagementServiceClient; readonly secrets: SecretManagerServiceClient };

let world: TestWorld;
let keyVersion: string;
let chainVersion: string;
let importJob: string;
const opened: Clients[] = [];

before(async () => {
  world = await startTestWorld();
  const issued = await world.cloud.authority.issue({ organisation });
  const request = requestFor(world, issued);
  register(world.cloud, request);
  const { resources } = await onboard(world, request, issued);
  keyVersion = resources?.keyVersion ?? '';
  chainVersion = resources?.chainVersion ?? '';
  importJob = world.cloud.google.inspect().importJobs[0]?.name ?? '';
});
after(async () => {
  for (const { kms, secrets } of opened) await Promise.all([kms.close(), secrets.close()]);
  await world.close();
});

function as(principal: keyof Accounts): Clients {
  const options = asCaller(world.cloud.google, world.cloud.accounts[principal]);
  const clients = { kms: new KeyManagementServiceClient(options), secrets: new SecretManagerServiceClient(options) };
  opened.push(clients);
  return clients;
}

const digest = { sha256: createHash('sha256').update('anything').digest() };
const cryptoKey = (): string => keyVersion.replace(/\/cryptoKeyVersions\/.*/, '');
const keyRing = (): string => cryptoKey().replace(/\/cryptoKeys\/.*/, '');

const acts = {
  sign: { by: ({ kms }: Clients) => kms.asymmetricSign({ name: keyVersion, digest }), needs: 'useToSign' },
  import: {
    by: ({ kms }: Clients) =>
      kms.importCryptoKeyVersion({
        parent: cryptoKey(),
        importJob,
        algorithm: 'RSA_SIGN_PKCS1_2048_SHA256',
        wrappedKey: Buffer.alloc(1608),
      }),
    needs: 'cryptoKeyVersions.create|useToImport',
  },
  destroy: {
    by: ({ kms }: Clients) => kms.destroyCryptoKeyVersion({ name: keyVersion }),
    needs: 'cryptoKeyVersions.destroy',
  },
  disable: {
    by: ({ kms }: Clients) =>
      kms.updateCryptoKeyVersion({
        cryptoKeyVersion: { name: keyVersion, state: 'DISABLED' },
        updateMask: { paths: ['state'] },
      }),
    needs: 'cryptoKeyVersions.update',
  },
  'make an import job': {
    by: ({ kms }: Clients) =>
      kms.createImportJob({
        parent: keyRing(),
        importJobId: 'another',
        importJob: { importMethod: 'RSA_OAEP_3072_SHA256_AES_256', protectionLevel: 'SOFTWARE' },
      }),
    needs: 'importJobs.create',
  },
  'read the stored chain': {
    by: ({ secrets }: Clients) => secrets.accessSecretVersion({ name: chainVersion }),
    needs: 'versions.access',
  },
  'add a version of the chain': {
    by: ({ secrets }: Clients) =>
      secrets.addSecretVersion({
        parent: chainVersion.replace(/\/versions\/.*/, ''),
        payload: { data: Buffer.from('another') },
      }),
    needs: 'versions.add',
  },
} as const;

type Act = keyof typeof acts;

const forbidden: Readonly<Record<keyof Accounts, readonly Act[]>> = {
  provisioner: [
    'sign',
    'import',
    'destroy',
    'make an import job',
    'read the stored chain',
    'add a version of the chain',
  ],
  importer: ['sign', 'destroy', 'disable', 'read the stored chain', 'add a version of the chain'],
  operator: ['import', 'destroy', 'disable', 'make an import job'],
  platform: ['import', 'destroy', 'disable', 'make an import job', 'add a version of the chain'],
  person: [
    'sign',
    'import',
    'destroy',
    'disable',
    'make an import job',
    'read the stored chain',
    'add a version of the chain',
  ],
};

for (const [principal, refusedActs] of Object.entries(forbidden) as [keyof Accounts, readonly Act[]][]) {
  describe(`the ${principal}`, () => {
    for (const act of refusedActs) {
      test(`may not ${act}`, async () => {
        const { by, needs } = acts[act];
        await assert.rejects(by(as(principal)), {
          code: 7,
          details: new RegExp(`Permission '[^']*(${needs})' denied`),
        });
      });
    }
  });
}

test('the operator and the platform may sign, which is what the key is for', async () => {
  for (const principal of ['operator', 'platform'] as const) {
    const [{ signature }] = await as(principal).kms.asymmetricSign({ name: keyVersion, digest });
    assert.equal(signature?.length, 256);
  }
});
