/** The requests that manifests make, once everything that is wrong with them has been said. */

import { clientTitle } from '../domain/client-names.ts';
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
  const { tenant, declarations, findings: found } = await readManifestsInput(texts(call, 'file'), tenantPath(call));
  const findings = [...found, ...declarations.flatMap(notYet)];
  for (const finding of findings) call.output.say(describeFinding(finding));
  const by = personName(option(call, 'by'), call.environment);
  const orders = tenant ? declarations.flatMap((declaration) => orderFor(declaration, tenant, by)) : [];
  const isHeld = findings.some(stops);
  if (declarations.length === 0 && !isHeld) call.output.say('No client is declared.');
  return {
    ...(tenant ? { tenant } : {}),
    orders,
    findings,
    exitCode: isHeld ? failureOf('FIELD_INVALID').exitCode : 0,
  };
}

function orderFor({ client, spec, where }: Declaration, tenant: Tenant, by: string): Order[] {
  if (spec.integrationType === 'maskinporten') return [];
  return [{ request: clientRequest(tenant, client, { kind: 'apply', spec }, by), where }];
}

function notYet({ client, spec, where }: Declaration): Finding[] {
  if (spec.integrationType !== 'maskinporten') return [];
  const message = `The Maskinporten client ${clientTitle(client)} is declared, and not provisioned yet.`;
  return [{ code: 'MANIFEST_NOT_YET', where, message }];
}
