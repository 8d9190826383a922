/** A folder of manifests as an organisation has it: a third logs people in, a third offers an API, a third uses one. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { organisation } from '../test/onboarding.ts';
import type { TestWorld } from '../test/world.ts';

export type Folder = { readonly manifests: string; readonly tenant: string };

const provider = '889640782';
const openScope = 'nav:aapen/lesing';
const prefix = 'bench';

/** Writes a file for each client, and has Digdir know the scopes and the prefix that they name. */
export async function writeFolder({ cloud, tenant }: TestWorld, clients: number): Promise<Folder> {
  cloud.digdir.registerScope({ name: openScope, owner_orgno: provider, accessible_for_all: true });
  cloud.digdir.registerPrefix(organisation, prefix);
  const folder = { manifests: join(cloud.folder, 'manifests'), tenant: join(cloud.folder, 'tenant.yaml') };
  await mkdir(folder.manifests);
  for (let index = 0; index < clients; index += 1) {
    await writeFile(join(folder.manifests, `client-${index}.yaml`), manifestOf(index));
  }
  const file = {
    tenant,
    environment: 'local',
    organisation,
    google: { project: cloud.google.project.id, location: 'europe-north1', keyRing: tenant },
    platform: `serviceAccount:${cloud.accounts.platform}`,
    clients: { idporten: { clientId: 'idporten-admin' }, maskinporten: { clientId: 'maskinporten-admin' } },
    applications: {
      cluster: 'dev',
      clientName: 'Eksempeletaten',
      clientURI: 'https://www.example.no',
      maskinporten: { scopePrefix: prefix, defaultScope: openScope },
    },
  };
  await writeFile(folder.tenant, stringify(file));
  return folder;
}

function manifestOf(index: number): string {
  const turn = index % 3;
  if (turn === 0) return application(`web-${index}`);
  if (turn === 1) return maskinportenClient(`api-${index}`, { exposes: [exposed(index)] });
  // The scope of the client before it.
  const own = `${prefix}:${exposed(index - 1).product}/read`;
  return maskinportenClient(`job-${index}`, { consumes: [{ name: openScope }, { name: own }] });
}

const exposed = (index: number) => ({
  enabled: true,
  product: `api${index}`,
  name: 'read',
  separator: '/',
  consumers: [{ orgno: organisation }],
});

const application = (name: string): string =>
  stringify({
    apiVersion: 'nais.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'team' },
    spec: { ingresses: [`https://${name}.example.no`], idporten: { enabled: true } },
  });

const maskinportenClient = (name: string, scopes: object): string =>
  stringify({
    apiVersion: 'nais.io/v1',
    kind: 'MaskinportenClient',
    metadata: { name, namespace: 'team' },
    spec: { secretName: name, scopes },
  });
