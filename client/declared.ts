/** The requests that manifests make, once everything that is wrong with them has been said. */

import { describeFinding, failureOf, stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import type { Declaration } from '../domain/oauth-client.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import type { Tenant } from '../domain/tenant.ts';
import { option, texts } from './call.ts';
import type { Call } from './call.ts';
import { clientRequest } from './client-request.ts';
import { readManifestsInput } from './manifests-input.ts';
import { personName } from './person.ts';
import { tenantPath } from './tenant-input.ts';

type Order = { readonly request: ProvisioningRequest; readonly where: string };

export type Declared = {
  readonly tenant?: Tenant;
  /** One for each declared client that can be carried out. */
  readonly orders: readonly Order[];
  readonly findings: readonly Finding[];
  /** For what was held back: 0 when nothing was. */
  readonly exitCode: number;
};

/** Reads the manifests of `--file` and says all findings on stderr. */
export async function readDeclared(call: Call): Promise<Declared> {
  const { tenant, declarations, findings } = await readManifestsInput(texts(call, 'file'), tenantPath(call));
  for (const finding of findings) call.output.say(describeFinding(finding));
  const by = personName(option(call, 'by'), call.environment);
  const orders = tenant ? declarations.map((declaration) => orderFor(declaration, tenant, by)) : [];
  const isHeld = findings.some(stops);
  if (declarations.length === 0 && !isHeld) call.output.say('No client is declared.');
  return {
    ...(tenant ? { tenant } : {}),
    orders,
    findings,
    exitCode: isHeld ? failureOf('FIELD_INVALID').exitCode : 0,
  };
}

const orderFor = ({ client, spec, where }: Declaration, tenant: Tenant, by: string): Order => ({
  request: clientRequest(tenant, client, { kind: 'apply', spec }, by),
  where,
});
