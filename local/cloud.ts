/**
 * All that onboarding talks to besides Temporal: Google Cloud, Digdir and a certificate authority, on loopback, with the
 * three principals of the workers and a person who runs the command, each with the rights that a deployment gives them.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createAuthority, type Authority } from './authority/authority.ts';
import { createCalls, type Calls } from './calls.ts';
import { startDigdir, type LocalDigdir } from './digdir/server.ts';
import { startGoogle, type GoogleOptions, type GoogleSettings, type LocalGoogle } from './google.ts';

/**
 * E-mail addresses of the principals. `person` runs the command: it may read import jobs, what secrets say about
 * themselves and the credentials of applications' clients, and nothing else.
 */
export type Accounts = {
  readonly provisioner: string;
  readonly importer: string;
  readonly operator: string;
  readonly platform: string;
  readonly person: string;
};

export type Cloud = {
  readonly folder: string;
  readonly calls: Calls;
  readonly google: LocalGoogle;
  readonly digdir: LocalDigdir;
  readonly authority: Authority;
  readonly accounts: Accounts;
  /** Settings of a worker (and of the command) that works against this cloud, as environment variables. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

export type CloudOptions = {
  /** Where everything is kept; a later start on the same folder goes on with it. */
  readonly folder: string;
  readonly google?: Partial<GoogleSettings>;
  readonly clock?: () => Date;
  /** RSA keys of import jobs, for those who start many clouds; freshly generated when absent. */
  readonly generateKeyPair?: NonNullable<GoogleOptions['generateKeyPair']>;
  readonly ports?: { readonly google: number; readonly digdir: number; readonly idporten?: number };
};

const project = { id: 'local-project', number: '123456789012' };

export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  const clock = options.clock ? { clock: options.clock } : {};
  const calls = createCalls();
  const authority = await createAuthority({ folder: join(folder, 'authority'), ...clock });
  const google = await startGoogle({
    folder: join(folder, 'google'),
    calls,
    project,
    roles: deployedRoles(),
    ...(options.google ? { settings: options.google } : {}),
    ...(options.generateKeyPair ? { generateKeyPair: options.generateKeyPair } : {}),
    ...(options.ports ? { port: options.ports.google } : {}),
    ...clock,
  });
  const digdir = await startDigdir({
    folder: join(folder, 'digdir'),
    calls,
    authority,
    ...(options.ports ? { port: options.ports.digdir } : {}),
    ...(options.ports?.idporten !== undefined ? { idportenPort: options.ports.idporten } : {}),
    ...clock,
  });
  const accounts = createAccounts(google);
  return {
    folder,
    calls,
    google,
    digdir,
    authority,
    accounts,
    variables: variablesOf(folder, google, digdir, authority, accounts),
    close: async () => {
      await Promise.all([google.close(), digdir.close()]);
    },
  };
}

const roleOf = (name: string): string => `projects/${project.id}/roles/digdir_${name}`;

/** As deploy/google.md binds it: the secrets of applications' clients, by their name. */
const clientSecrets = {
  expression: `resource.name.startsWith("projects/${project.number}/secrets/digdir-client_")`,
  title: 'digdir-clients',
};

/** The custom roles as they are deployed: what works here has the rights that it will have there. */
function deployedRoles(): Record<string, readonly string[]> {
  const names = ['provisioner', 'importer', 'operator', 'clients'];
  return Object.fromEntries(
    names.map((name) => {
      const file = join(import.meta.dirname, '..', 'deploy', 'google', `${name}.yaml`);
      const { includedPermissions } = parse(readFileSync(file, 'utf8')) as { includedPermissions: string[] };
      return [roleOf(name), includedPermissions];
    }),
  );
}

function createAccounts(google: LocalGoogle): Accounts {
  const account = (name: string): string => `${name}@${project.id}.iam.gserviceaccount.com`;
  const accounts = {
    provisioner: account('provisioner'),
    importer: account('importer'),
    operator: account('operator'),
    platform: account('digdirator'),
    person: 'you@example.org',
  };
  google.bind(`serviceAccount:${accounts.provisioner}`, roleOf('provisioner'));
  google.bind(`serviceAccount:${accounts.importer}`, roleOf('importer'));
  google.bind(`serviceAccount:${accounts.operator}`, roleOf('operator'));
  google.bind(`serviceAccount:${accounts.operator}`, roleOf('clients'), clientSecrets);
  google.bind(`user:${accounts.person}`, 'roles/cloudkms.viewer');
  google.bind(`user:${accounts.person}`, 'roles/secretmanager.viewer');
  google.bind(`user:${accounts.person}`, 'roles/secretmanager.secretAccessor', clientSecrets);
  return accounts;
}

function variablesOf(
  folder: string,
  google: LocalGoogle,
  digdir: LocalDigdir,
  authority: Authority,
  accounts: Accounts,
): Record<string, string> {
  const roots = join(folder, 'roots.pem');
  writeFileSync(roots, authority.roots.join('\n'));
  return {
    DIGDIR_ENVIRONMENT: 'local',
    DIGDIR_PROVISIONER_SERVICE_ACCOUNT: accounts.provisioner,
    DIGDIR_IMPORTER_SERVICE_ACCOUNT: accounts.importer,
    DIGDIR_OPERATOR_SERVICE_ACCOUNT: accounts.operator,
    DIGDIR_GOOGLE_ENDPOINT: `${google.host}:${google.port}`,
    DIGDIR_GOOGLE_ACCOUNT: accounts.person,
    DIGDIR_MASKINPORTEN_METADATA: digdir.maskinporten.metadata,
    DIGDIR_IDPORTEN_METADATA: digdir.idporten.metadata,
    DIGDIR_SELF_SERVICE: digdir.selfService.base,
    DIGDIR_CERTIFICATE_ROOTS: roots,
  };
}
