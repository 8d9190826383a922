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
  'destroy the stored chain': {
    by: ({ secrets }: Clients) => secrets.destroySecretVersion({ name: chainVersion }),
    needs: 'versions.destroy',
  },
  'relabel the stored chain': {
    by: ({ secrets }: Clients) => relabel(secrets, chainVersion.replace(/\/versions\/.*/, '')),
    needs: 'secrets.update',
  },
  'make a secret': {
    by: ({ secrets }: Clients) => makeSecret(secrets, 'digdir-client_of_somebody_else'),
    needs: 'secrets.create',
  },
} as const;

const relabel = (secrets: SecretManagerServiceClient, name: string) =>
  secrets.updateSecret({ secret: { name, labels: { state: 'ready' } }, updateMask: { paths: ['labels'] } });

const makeSecret = (secrets: SecretManagerServiceClient, secretId: string) =>
  secrets.createSecret({
    parent: `projects/${world.cloud.google.project.id}`,
    secretId,
    secret: { replication: { automatic: {} } },
  });

type Act = keyof typeof acts;

const forbidden: Readonly<Record<keyof Accounts, readonly Act[]>> = {
  provisioner: [
    'sign',
    'import',
    'destroy',
    'make an import job',
    'read the stored chain',
    'add a version of the chain',
    'destroy the stored chain',
  ],
  importer: [
    'sign',
    'destroy',
    'disable',
    'read the stored chain',
    'add a version of the chain',
    'destroy the stored chain',
    'relabel the stored chain',
    'make a secret',
  ],
  operator: [
    'import',
    'destroy',
    'disable',
    'make an import job',
    'destroy the stored chain',
    'relabel the stored chain',
    'make a secret',
  ],
  platform: [
    'import',
    'destroy',
    'disable',
    'make an import job',
    'add a version of the chain',
    'destroy the stored chain',
    'relabel the stored chain',
    'make a secret',
  ],
  person: [
    'sign',
    'import',
    'destroy',
    'disable',
    'make an import job',
    'read the stored chain',
    'add a version of the chain',
    'destroy the stored chain',
    'relabel the stored chain',
    'make a secret',
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

describe('the secrets of a client', () => {
  let name: string;
  let version: string;
  before(async () => {
    const [secret] = await makeSecret(as('provisioner').secrets, 'digdir-client_nais-test_local_dev_team_app_idporten');
    name = String(secret.name);
    const payload = { data: Buffer.from('credentials') };
    const [added] = await as('operator').secrets.addSecretVersion({ parent: name, payload });
    version = String(added.name);
    await relabel(as('operator').secrets, name);
  });

  test('are the operator’s to keep, all but granting and deleting', async () => {
    const { secrets } = as('operator');
    await secrets.accessSecretVersion({ name: version });
    await secrets.disableSecretVersion({ name: version });
    await secrets.enableSecretVersion({ name: version });
    const [another] = await secrets.addSecretVersion({ parent: name, payload: { data: Buffer.from('more') } });
    await secrets.destroySecretVersion({ name: another.name });
    await assert.rejects(secrets.deleteSecret({ name }), { code: 7 });
    await assert.rejects(secrets.setIamPolicy({ resource: name, policy: {} }), { code: 7 });
  });

  test('are read by the person, and changed by nobody else than the operator', async () => {
    const { secrets } = as('person');
    const [{ payload }] = await secrets.accessSecretVersion({ name: version });
    assert.equal(Buffer.from(payload?.data ?? '').toString(), 'credentials');
    assert.deepEqual((await secrets.getSecret({ name }))[0].labels, { state: 'ready' });
    for (const principal of ['person', 'provisioner', 'importer', 'platform'] as const) {
      const { secrets: own } = as(principal);
      await assert.rejects(own.destroySecretVersion({ name: version }), { code: 7 }, principal);
      const adding = own.addSecretVersion({ parent: name, payload: { data: Buffer.from('forged') } });
      await assert.rejects(adding, { code: 7 }, principal);
    }
    for (const principal of ['provisioner', 'importer', 'platform'] as const)
      await assert.rejects(as(principal).secrets.accessSecretVersion({ name: version }), { code: 7 }, principal);
  });
});
