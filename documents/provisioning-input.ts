/** The input of a provisioning, as anyone may type it into the Temporal UI: checked whole before anything is looked at. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import { idportenIntegrationTypes } from '../domain/oauth-client.ts';
import type { ClientSpec, OAuthClientName } from '../domain/oauth-client.ts';
import { clientKinds } from '../domain/tenant.ts';
import { longestWait } from '../domain/onboarding.ts';
import { declaredSpec } from '../domain/provisioning.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { isScopeName } from '../domain/scope-names.ts';
import { needsOpenid, scopeFault } from '../domain/scopes.ts';
import { gateSchema } from './approval-schema.ts';
import { addressFault } from './client-addresses.ts';
import {
  accessTokenLifetime,
  clientName,
  kubernetesName,
  maskinportenScope,
  sessionLifetime,
} from './client-fields.ts';
import { rule } from './fields.ts';
import { check, locateByPath } from './findings.ts';
import { googlePlace, organisationNumber, requester, scope, tenantName } from './tenant-fields.ts';

const positive = z.int().positive('has to be more than nothing').max(longestWait, `has to be at most ${longestWait}`);
const address = z.string().min(1, 'has to be an address').max(2_000, 'is too long for an address');

const oldKeys = z.union([
  z.strictObject({ until: z.literal('acknowledged') }),
  z.strictObject({ until: z.literal('elapsed'), seconds: positive }),
]);

const loginSpec = z
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

const exposed = z.strictObject({
  enabled: z.boolean(),
  prefix: z.string().regex(/^[A-Za-z0-9]{1,50}$/, 'has to be letters and digits'),
  product: z.string().regex(/^[a-z0-9]{1,100}$/, 'has to be letters and digits'),
  name: z.string().min(1).max(255, 'is too long for a name').refine(isScopeName, 'is not the name of a scope'),
  separator: z.enum([':', '/', '.']),
  atMaxAge: z.int().min(30).max(680),
  allowedIntegrations: z.array(z.string().min(1).max(50)).min(1).max(20),
  consumers: z
    .array(z.strictObject({ orgno: organisationNumber, name: z.string().max(255).optional() }))
    .max(2_000, 'are too many'),
  accessibleForAll: z.boolean(),
  delegationSource: z.literal('altinn').optional(),
  visibility: z.enum(['public', 'private']),
});

const machineSpec = z.strictObject({
  integrationType: z.literal('maskinporten'),
  clientName,
  clientUri: address,
  consumes: z.array(maskinportenScope).min(1, 'has to name a scope').max(500, 'are too many'),
  exposes: z.array(exposed).max(200, 'are too many'),
  accessTokenLifetime,
  sessionLifetime,
  oldKeys,
  preserve: z.boolean(),
});

const spec = z.discriminatedUnion('integrationType', [loginSpec, machineSpec]);

const operation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('apply'), spec }),
  z.strictObject({
    kind: z.literal('adopt'),
    clientId: z.string().min(1, 'has to be a client id').max(255, 'is too long for a client id'),
    spec,
  }),
  z.strictObject({ kind: z.literal('rotate-key'), replaces: z.string().min(1).max(255).optional() }),
  z.strictObject({ kind: z.literal('acknowledge'), version: positive.optional() }),
  z.strictObject({ kind: z.literal('delete') }),
]);

export const pace = z.strictObject({
  attempt: positive,
  heartbeat: positive,
  retry: positive,
  propagation: positive,
  patience: positive,
});

export const oauthClientName: z.ZodType<OAuthClientName> = z.strictObject({
  tenant: tenantName,
  environment: z.enum(environments),
  cluster: kubernetesName,
  namespace: kubernetesName,
  name: kubernetesName,
  kind: z.enum(clientKinds),
});

const provisioningRequest: z.ZodType<ProvisioningRequest> = z
  .strictObject({
    id: z.string().min(1, 'has to tell this request from others').max(100, 'is too long for an id'),
    client: oauthClientName,
    organisation: organisationNumber,
    google: googlePlace,
    operation,
    requestedBy: requester,
    approval: z.strictObject({ wide: gateSchema(positive).optional() }).optional(),
    pace,
  })
  .refine(...rule('client', 'is of another kind than what is declared', kindFits));

/** The request, or everything that is wrong with it, each by its path. */
export function readProvisioningInput(input: unknown): { request?: ProvisioningRequest; findings: Finding[] } {
  const { value, findings } = check(provisioningRequest, input, locateByPath('input'));
  if (!value) return { findings };
  const faults = addressFindings(value);
  return faults.length > 0 ? { findings: faults } : { request: value, findings: [] };
}

/** What an address may be depends on the environment; a manifest was asked the same before. */
function addressFindings({ client, operation: asked }: ProvisioningRequest): Finding[] {
  const declared = declaredSpec(asked);
  if (!declared) return [];
  return addressesOf(declared).flatMap((uri) => {
    const fault = addressFault(uri, client.environment);
    return fault ? [{ code: fault.code, where: 'input.operation.spec', message: `${uri} ${fault.phrase}.` }] : [];
  });
}

function addressesOf(declared: ClientSpec): readonly string[] {
  if (declared.integrationType === 'maskinporten') return [declared.clientUri];
  const { clientUri, redirectUris, postLogoutRedirectUris, frontchannelLogoutUri } = declared;
  const logout = frontchannelLogoutUri === undefined ? [] : [frontchannelLogoutUri];
  return [clientUri, ...redirectUris, ...postLogoutRedirectUris, ...logout];
}

type Fields = Readonly<Record<string, unknown>>;

function kindFits({ client, operation: asked }: Fields): boolean {
  const { kind } = client as OAuthClientName;
  const { spec: declared } = asked as { readonly spec?: ClientSpec };
  return declared === undefined || (declared.integrationType === 'maskinporten') === (kind === 'maskinporten');
}

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
