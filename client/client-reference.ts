/**
 * CLIENT on the command line: `namespace/name`, or `namespace/name/maskinporten`, which the tenant file makes the name of
 * one client.
 */

import { kubernetesName } from '../documents/client-fields.ts';
import type { OAuthClientName } from '../domain/oauth-client.ts';
import { Refusal } from '../domain/refusal.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { Call } from './call.ts';
import { readTenant, tenantPath } from './tenant-input.ts';

export type ClientReference = { readonly client: OAuthClientName; readonly tenant: Tenant };

/** The client of the first argument, in the tenant of the tenant file. Throws USAGE before any file is read. */
export async function readReference(call: Call, file = tenantPath(call)): Promise<ClientReference> {
  const [text = ''] = call.arguments;
  const parts = partsOf(text);
  const tenant = await readTenant(file);
  if (tenant.applications) return { client: clientOf(parts, tenant, tenant.applications.cluster), tenant };
  const message = 'The tenant file has no block `applications`, which names the cluster.';
  throw new Refusal('APPLICATIONS_UNDECLARED', message, {
    findings: [{ code: 'APPLICATIONS_UNDECLARED', where: file, message }],
  });
}

type Parts = Pick<OAuthClientName, 'namespace' | 'name' | 'kind'>;

function partsOf(text: string): Parts {
  const [namespace, name, kindText = 'idporten', ...more] = text.split('/');
  const kind = clientKinds.find((known) => known === kindText);
  const isName = (part: string | undefined): part is string => kubernetesName.safeParse(part).success;
  if (isName(namespace) && isName(name) && kind && more.length === 0) return { namespace, name, kind };
  const forms = 'namespace/name, as in team-soknad/soknad, or namespace/name/maskinporten';
  throw new Refusal('USAGE', `CLIENT is ${forms}, not ${JSON.stringify(text)}`);
}

const clientOf = (parts: Parts, { tenant, environment }: Tenant, cluster: string): OAuthClientName => ({
  tenant,
  environment,
  cluster,
  ...parts,
});
