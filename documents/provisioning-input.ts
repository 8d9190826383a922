/** The input of a provisioning, as anyone may type it into the Temporal UI: checked whole before anything is looked at. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import { idportenIntegrationTypes } from '../domain/oauth-client.ts';
import { longestWait } from '../domain/onboarding.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { needsOpenid, scopeFault } from '../domain/scopes.ts';
import { addressFault } from './client-addresses.ts';
import { accessTokenLifetime, clientName, kubernetesName, sessionLifetime } from './client-fields.ts';
import { rule } from './fields.ts';
import { check, locateByPath } from './findings.ts';
import { googlePlace, organisationNumber, scope, tenantName } from './tenant-fields.ts';

const positive = z.int().positive('has to be more than nothing').max(longestWait, `has to be at most ${longestWait}`);
const address = z.string().min(1, 'has to be an address').max(2_000, 'is too long for an address');

const oldKeys = z.union([
  z.strictObject({ until: z.literal('acknowledged') }),
  z.strictObject({ until: z.literal('elapsed'), seconds: positive }),
]);

const spec = z
  .strictObject({
    integrationType: z.enum(idportenIntegrationTypes),
    clientName,
    clientUri: address,
    redirectUris: z.array(address).max(200),
    postLogoutRedirectUris: z.array(address).max(200),
    frontchannelLogoutUri: address.optional(),
    scopes: z.array(scope).min(1, 'has to name a scope').max(200),
    accessTokenLifetime,
    sessionLifetime,
    ssoDisabled: z.boolean(),
    oldKeys,
    preserve: z.boolean(),
  })
  .refine(...rule('scopes', 'has a scope that the integration type may not have', scopesFit))
  .refine(...rule('redirectUris', 'has to name one: a login has to lead somewhere', loginLeadsSomewhere));

const operation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('apply'), spec }),
  z.strictObject({ kind: z.literal('rotate-key') }),
  z.strictObject({ kind: z.literal('acknowledge'), version: positive.optional() }),
  z.strictObject({ kind: z.literal('delete') }),
]);

const provisioningRequest: z.ZodType<ProvisioningRequest> = z.strictObject({
  id: z.string().min(1, 'has to tell this request from others').max(100, 'is too long for an id'),
  client: z.strictObject({
    tenant: tenantName,
    environment: z.enum(environments),
    cluster: kubernetesName,
    namespace: kubernetesName,
    name: kubernetesName,
    kind: z.literal('idporten'),
  }),
  organisation: organisationNumber,
  google: googlePlace,
  operation,
  requestedBy: z.string().min(1, 'has to say who asks').max(255, 'is too long for a name'),
  pace: z.strictObject({
    attempt: positive,
    heartbeat: positive,
    retry: positive,
    propagation: positive,
    patience: positive,
  }),
});

/** The request, or everything that is wrong with it, each by its path. */
export function readProvisioningInput(input: unknown): { request?: ProvisioningRequest; findings: Finding[] } {
  const { value, findings } = check(provisioningRequest, input, locateByPath('input'));
  if (!value) return { findings };
  const faults = addressFindings(value);
  return faults.length > 0 ? { findings: faults } : { request: value, findings: [] };
}

/** What an address may be depends on the environment; a manifest was asked the same before. */
function addressFindings({ client, operation: { kind, ...rest } }: ProvisioningRequest): Finding[] {
  if (kind !== 'apply' || !('spec' in rest)) return [];
  const { clientUri, redirectUris, postLogoutRedirectUris, frontchannelLogoutUri } = rest.spec;
  const logout = frontchannelLogoutUri === undefined ? [] : [frontchannelLogoutUri];
  return [clientUri, ...redirectUris, ...postLogoutRedirectUris, ...logout].flatMap((uri) => {
    const fault = addressFault(uri, client.environment);
    return fault ? [{ code: fault.code, where: 'input.operation.spec', message: `${uri} ${fault.phrase}.` }] : [];
  });
}

type Fields = Readonly<Record<string, unknown>>;

function scopesFit({ integrationType, scopes }: Fields): boolean {
  const type = idportenIntegrationTypes.find((one) => one === integrationType);
  if (!type || !Array.isArray(scopes)) return true;
  const names = scopes.map(String);
  return (
    names.every((name) => scopeFault(type, name) === undefined) && (!needsOpenid(type) || names.includes('openid'))
  );
}

function loginLeadsSomewhere({ integrationType, redirectUris }: Fields): boolean {
  return integrationType === 'krr' || (Array.isArray(redirectUris) && redirectUris.length > 0);
}
