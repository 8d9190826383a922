/** A tenant that did by hand what the onboarding page says, with Google's own clients, before there was a workflow for it. */

import { wrapKey } from '../../client/wrap.ts';
import { accessorRole, signerRole } from '../../domain/custody.ts';
import type { OnboardingRequest, Resources } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import type { TestWorld } from '../world.ts';
import type { ownerOf } from './support.ts';

type Owner = ReturnType<typeof ownerOf>;

/** Key ring, import-only key, import job, import, both secrets, and the rights of the platform; names by project id. */
export async function prepareByHand(
  world: TestWorld,
  owner: Owner,
  request: OnboardingRequest,
  issued: IssuedCertificate,
): Promise<Resources> {
  const { project, location } = request.google;
  const keyRing = `projects/${project}/locations/${location}/keyRings/by-hand-${request.tenant}`;
  const cryptoKey = `${keyRing}/cryptoKeys/virksomhetssertifikat`;
  await owner.kms.createKeyRing({ parent: `projects/${project}/locations/${location}`, keyRingId: lastPart(keyRing) });
  await owner.kms.createCryptoKey({
    parent: keyRing,
    cryptoKeyId: lastPart(cryptoKey),
    skipInitialVersionCreation: true,
    cryptoKey: {
      purpose: 'ASYMMETRIC_SIGN',
      importOnly: true,
      versionTemplate: { algorithm: 'RSA_SIGN_PKCS1_2048_SHA256', protectionLevel: 'SOFTWARE' },
    },
  });
  const keyVersion = await importByHand(owner, cryptoKey, issued);
  const chainVersion = await secretByHand(owner, request, 'sertifikat-kjede', issued.chain.join(''));
  const clientIdVersion = await secretByHand(owner, request, 'klient-id', request.client.clientId);
  const operator = `serviceAccount:${world.cloud.accounts.operator}`;
  await give(owner.kms as unknown as Policies, cryptoKey, signerRole, [request.platform]);
  for (const version of [chainVersion, clientIdVersion]) {
    await give(owner.secrets, secretOf(version), accessorRole, [request.platform, operator]);
  }
  return { keyVersion, chainVersion, clientIdVersion };
}

/** Imports the key as the next version of the crypto key, and waits until it is enabled. */
export async function importByHand(owner: Owner, cryptoKey: string, issued: IssuedCertificate): Promise<string> {
  const keyRing = cryptoKey.slice(0, cryptoKey.indexOf('/cryptoKeys/'));
  const importMethod = 'RSA_OAEP_3072_SHA256_AES_256' as const;
  const importJobId = `job-${issued.leaf.length}-${Date.now()}`;
  const name = `${keyRing}/importJobs/${importJobId}`;
  await owner.kms.createImportJob({
    parent: keyRing,
    importJobId,
    importJob: { importMethod, protectionLevel: 'SOFTWARE' },
  });
  const job = await until(
    async () => (await owner.kms.getImportJob({ name }))[0],
    ({ state }) => state === 'ACTIVE',
  );
  const pkcs8 = issued.privateKey.export({ type: 'pkcs8', format: 'der' });
  const wrappedKey = wrapKey(pkcs8, job.publicKey?.pem ?? '', importMethod);
  const algorithm = 'RSA_SIGN_PKCS1_2048_SHA256' as const;
  const [{ name: version }] = await owner.kms.importCryptoKeyVersion({
    parent: cryptoKey,
    importJob: name,
    algorithm,
    wrappedKey,
  });
  await until(
    async () => (await owner.kms.getCryptoKeyVersion({ name: String(version) }))[0],
    ({ state }) => state === 'ENABLED',
  );
  return `${cryptoKey}/cryptoKeyVersions/${lastPart(String(version))}`;
}

/** Creates the secret with one version; tells the version, by project id. */
export async function secretByHand(
  owner: Owner,
  request: OnboardingRequest,
  id: string,
  content: string,
): Promise<string> {
  const secretId = `${request.tenant}-${id}`;
  const parent = `projects/${request.google.project}`;
  await owner.secrets.createSecret({ parent, secretId, secret: { replication: { automatic: {} } } });
  const name = `${parent}/secrets/${secretId}`;
  await owner.secrets.addSecretVersion({ parent: name, payload: { data: Buffer.from(content) } });
  return `${name}/versions/1`;
}

type Policies = Pick<Owner['secrets'], 'getIamPolicy' | 'setIamPolicy'>;

async function give(client: Policies, resource: string, role: string, members: string[]): Promise<void> {
  const [policy] = await client.getIamPolicy({ resource });
  await client.setIamPolicy({
    resource,
    policy: { ...policy, bindings: [...(policy.bindings ?? []), { role, members }] },
  });
}

async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
  }
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
const secretOf = (version: string): string => version.replace(/\/versions\/\d+$/, '');
