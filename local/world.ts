/** The whole world on loopback: Temporal with its UI, Google Cloud, Digdir, and a tenant that is ready to be onboarded. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startCloud, type Cloud } from './cloud.ts';
import { createTenant, type LocalTenant } from './tenant.ts';
import { freePorts } from './temporal/ports.ts';
import { startTemporal } from './temporal/server.ts';

export type World = {
  readonly folder: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string };
  readonly cloud: Cloud;
  readonly tenant: LocalTenant;
  /** Everything that a command or a worker has to know to work in this world, as environment variables. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

export type WorldOptions = {
  /** Where everything is kept; a later start on the same folder goes on with it. */
  readonly folder: string;
  /** Hears what is being started. */
  readonly say: (line: string) => void;
  /** Address of a running Temporal to use instead of one of our own. */
  readonly temporal?: { readonly address: string; readonly namespace: string };
};

export async function startWorld({ folder, say, temporal: given }: WorldOptions): Promise<World> {
  await mkdir(folder, { recursive: true });
  const ports = await keptPorts(folder);
  const own = given
    ? undefined
    : await startTemporal({ folder: join(folder, 'temporal'), ui: true, port: ports.temporal, say });
  const temporal = own ?? { ...(given ?? { address: '', namespace: '' }), ui: '' };
  try {
    const cloud = await startCloud({ folder: join(folder, 'cloud'), ports });
    say(`Google Cloud (KMS, Secret Manager, Resource Manager) on ${cloud.google.host}:${cloud.google.port}`);
    say(`Digdir (Maskinporten, self-service API) on ${cloud.digdir.maskinporten.issuer}`);
    const tenant = await createTenant(cloud, join(folder, 'tenant'));
    const variables = { ...cloud.variables, ...temporalVariables(temporal) };
    const close = async () => {
      await cloud.close();
      await own?.close();
    };
    return { folder, temporal, cloud, tenant, variables, close };
  } catch (error) {
    await own?.close();
    throw error;
  }
}

/** Also the prefix that is the default: another one may be exported where this world is used. */
const temporalVariables = ({ address, namespace, ui }: World['temporal']): Record<string, string> => ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: namespace,
  DIGDIR_TASK_QUEUE_PREFIX: 'digdir',
  ...(ui ? { DIGDIR_TEMPORAL_UI: ui } : {}),
});

type Ports = { readonly temporal: number; readonly google: number; readonly digdir: number; readonly idporten: number };

/** The same ports at every start on a folder: Digdir's issuer is part of what was configured and proven. */
async function keptPorts(folder: string): Promise<Ports> {
  const file = join(folder, 'ports.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Ports;
  const [temporal = 0, google = 0, digdir = 0, idporten = 0] = await freePorts(4);
  const ports = { temporal, google, digdir, idporten };
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}
