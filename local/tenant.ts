/** A tenant to try things with: its file, a business certificate for each admin client, and the clients at Digdir. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { writeKeyFiles } from './authority/key-files.ts';
import type { Cloud } from './cloud.ts';

export type LocalTenant = {
  readonly organisation: string;
  /** Paths. */
  readonly file: string;
  readonly keyFiles: { readonly maskinporten: string; readonly idporten: string };
  readonly passphraseFile: string;
  /** The key id of the ID-porten admin client. */
  readonly kid: string;
  /** A folder of manifests: an application that citizens log in to, one that exposes a scope, and one that consumes it. */
  readonly manifests: string;
};

const organisation = '310628107';
/** Under which Digdir's staff register the certificate of the ID-porten admin client that has this number, from 1. */
const kidOf = (number: number): string => `virksomhetssertifikat-${number}`;
export const registeredKid = kidOf(1);

const clients = {
  maskinporten: {
    clientId: 'f4d5f1a0-maskinporten-admin',
    scopes: ['idporten:dcr.write', 'idporten:dcr.read', 'idporten:scopes.write'],
    assertion: 'x5c',
  },
  idporten: {
    clientId: 'f4d5f1a0-idporten-admin',
    scopes: ['idporten:dcr.write', 'idporten:dcr.read'],
    assertion: 'kid',
  },
};

/** New certificates for both admin clients: in files with the same passphrase, and taken by Digdir beside the former ones. */
export type RenewedCertificates = Pick<LocalTenant, 'keyFiles' | 'kid'>;

/** Makes the tenant in `folder`, or finds it there. */
export async function createTenant(cloud: Cloud, folder: string): Promise<LocalTenant> {
  const tenant: LocalTenant = {
    organisation,
    file: join(folder, 'tenant.yaml'),
    keyFiles: {
      maskinporten: join(folder, 'maskinporten', 'pkcs12-openssl.p12'),
      idporten: join(folder, 'idporten', 'pkcs12-openssl.p12'),
    },
    passphraseFile: join(folder, 'passphrase'),
    kid: registeredKid,
    manifests: join(folder, 'manifests'),
  };
  if (existsSync(tenant.file)) return tenant;
  await mkdir(folder, { recursive: true });
  await writeFile(tenant.passphraseFile, `${randomBytes(12).toString('base64url')}\n`, { mode: 0o600 });
  const passphrase = (await readFile(tenant.passphraseFile, 'utf8')).trim();
  await createClient(cloud, folder, 'maskinporten', passphrase);
  await createClient(cloud, folder, 'idporten', passphrase);
  await writeManifests(tenant.manifests);
  cloud.digdir.registerPrefix(organisation, scopePrefix);
  cloud.digdir.registerScope({ name: openScope, accessible_for_all: true });
  await writeFile(tenant.file, tenantYaml(cloud));
  return tenant;
}

/** The certificate arrives as PKCS#12; Digdir's staff register the client, and lock the ID-porten one to its certificate. */
async function createClient(cloud: Cloud, folder: string, kind: keyof typeof clients, passphrase: string) {
  const issued = await cloud.authority.issue({ organisation, organisationName: 'Eksempeletaten' });
  await writeKeyFiles(join(folder, kind), issued, 'pkcs12-openssl', passphrase);
  const { clientId, scopes, assertion } = clients[kind];
  cloud.digdir.registerAdminClient({
    clientId,
    organisation,
    scopes,
    ...(assertion === 'kid' ? { lockedTo: { kid: registeredKid, certificate: issued.leaf } } : {}),
  });
}

/** The second certificates of the tenant, made at the first call. */
export async function secondCertificates(cloud: Cloud, tenant: LocalTenant): Promise<RenewedCertificates> {
  const keyFile = (kind: keyof typeof clients) => join(certificateFolder(tenant, kind, 2), 'pkcs12-openssl.p12');
  const keyFiles = { maskinporten: keyFile('maskinporten'), idporten: keyFile('idporten') };
  if (existsSync(keyFiles.idporten)) return { keyFiles, kid: kidOf(2) };
  return await renewCertificates(cloud, tenant, 2);
}

const certificateFolder = ({ file }: LocalTenant, kind: keyof typeof clients, number: number): string =>
  join(dirname(file), kind, `certificate-${number}`);

/** `number` counts the certificates that the clients have had, with these. */
export async function renewCertificates(
  { authority, digdir }: Cloud,
  tenant: LocalTenant,
  number: number,
): Promise<RenewedCertificates> {
  const passphrase = (await readFile(tenant.passphraseFile, 'utf8')).trim();
  const renewed = async (kind: keyof typeof clients) => {
    const issued = await authority.issue({ organisation, organisationName: 'Eksempeletaten' });
    const { key } = await writeKeyFiles(certificateFolder(tenant, kind, number), issued, 'pkcs12-openssl', passphrase);
    return { key, certificate: issued.leaf };
  };
  const [maskinporten, idporten] = [await renewed('maskinporten'), await renewed('idporten')];
  digdir.registerCertificate(clients.idporten.clientId, { kid: kidOf(number), certificate: idporten.certificate });
  return { keyFiles: { maskinporten: maskinporten.key, idporten: idporten.key }, kid: kidOf(number) };
}

function tenantYaml(cloud: Cloud): string {
  const gate = { approvers: 1, who: ['kari@example.org'] };
  return stringify({
    tenant: 'eksempeletaten',
    environment: 'local',
    organisation,
    google: {
      project: cloud.google.project.id,
      location: 'europe-north1',
      keyRing: 'eksempeletaten',
      protectionLevel: 'software',
      replication: ['europe-north1'],
    },
    platform: `serviceAccount:${cloud.accounts.platform}`,
    clients,
    approval: { registration: gate, activation: gate },
    // Time to look, and to go back, without a week of waiting.
    rotation: { soak: '10m', drain: '2m' },
    applications: {
      cluster: 'local',
      clientName: 'Eksempeletaten',
      clientURI: 'https://www.example.no',
      maskinporten: { scopePrefix, defaultScope: openScope },
    },
  });
}

const scopePrefix = 'eksempel';
/** Of another organisation, open to all. */
const openScope = 'folkeregister:deling/offentlig';
const exposed = { product: 'register', name: 'les', separator: '/' } as const;
const scope = `${scopePrefix}:${exposed.product}${exposed.separator}${exposed.name}`;

/** The organisation is a consumer of its own scope, as its applications ask for tokens in its name. */
const manifests: Readonly<Record<string, object>> = {
  soknad: {
    ingresses: ['https://soknad.example.no'],
    idporten: { enabled: true, postLogoutRedirectURIs: ['https://www.example.no'] },
  },
  register: {
    maskinporten: {
      enabled: true,
      scopes: {
        consumes: [{ name: openScope }],
        exposes: [{ enabled: true, ...exposed, consumers: [{ orgno: organisation, name: 'Eksempeletaten' }] }],
      },
    },
  },
  oppslag: { maskinporten: { enabled: true, scopes: { consumes: [{ name: scope }] } } },
};

async function writeManifests(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, spec] of Object.entries(manifests)) {
    const metadata = { name, namespace: `team-${name}` };
    const manifest = { apiVersion: 'nais.io/v1alpha1', kind: 'Application', metadata, spec };
    await writeFile(join(folder, `${name}.yaml`), stringify(manifest));
  }
}
