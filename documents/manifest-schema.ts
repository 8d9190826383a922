/**
 * The manifests by which applications declare clients, as far as they are ours: fields and bounds of Nais' `Application`
 * (manifest of 2023-03), `IDPortenClient` and `MaskinportenClient` (nais/liberator). What an address may be depends on the
 * environment and is judged elsewhere.
 */

import { z } from 'zod';
import { idportenIntegrationTypes } from '../domain/oauth-client.ts';
import { accessTokenLifetime, address, clientName, kubernetesName, sessionLifetime } from './client-fields.ts';
import { secondsOf } from './durations.ts';
import { text } from './fields.ts';
import { maskinportenScopes } from './maskinporten-schema.ts';
import { scope } from './tenant-fields.ts';

const applicationVersion = 'nais.io/v1alpha1';
const clientVersion = 'nais.io/v1';

export const preserveAnnotation = 'digdir.nais.io/preserve';
export const oldKeysAnnotation = 'digdir.nais.io/old-keys';

const longest = 365 * 86_400;

/** Whether the text names a policy for old keys: `acknowledged`, or a duration up to a year. */
function isOldKeyPolicy(value: string): boolean {
  const seconds = secondsOf(value) ?? 0;
  return value === 'acknowledged' || (seconds >= 1 && seconds <= longest);
}

const metadata = z.looseObject({
  name: kubernetesName,
  namespace: kubernetesName,
  annotations: z
    .looseObject({
      [preserveAnnotation]: z
        .string()
        .refine((value) => value === 'true' || value === 'false', 'may be "true" or "false"')
        .meta({
          enum: ['true', 'false'],
          description: '"true": the client stays at Digdir when its declaration is removed.',
        })
        .optional(),
      [oldKeysAnnotation]: z
        .string()
        .refine(isOldKeyPolicy, 'has to be acknowledged, or a number and a unit up to 365d, as in 7d')
        .describe('How long an old key stays: until `digdir acknowledge` (acknowledged), or for a time, as in 7d.')
        .optional(),
    })
    .nullish(),
});

/** Written as people write it, so that its refusal can say that client secrets are not supported. */
const authMethod = z
  .string()
  .refine((method) => method === 'private_key_jwt', {
    error: 'has to be private_key_jwt: client secrets are not supported',
    params: { code: 'CLIENT_SECRET_UNSUPPORTED' },
  })
  .meta({ const: 'private_key_jwt', description: 'Client secrets are not supported.' })
  .optional();

/** What both kinds of manifest say about a client of ID-porten. */
const common = {
  accessTokenLifetime: accessTokenLifetime.describe('Seconds, 1 to 3600.').optional(),
  sessionLifetime: sessionLifetime.describe('Seconds, 3600 to 28800.').optional(),
  clientURI: address.describe('Where the login page sends a user who turns back.').optional(),
  integrationType: z.enum(idportenIntegrationTypes).describe('Cannot change. idporten unless given.').optional(),
  postLogoutRedirectURIs: z.array(address).describe('Where users may be sent after logging out.').optional(),
  scopes: z.array(scope).describe('Those of the integration type unless given.').optional(),
  tokenEndpointAuthMethod: authMethod,
};

const path = text(/^\/[\w\-.~:/@!$&'()+,;=%]*$/, 'has to be a path that begins with /, without query or fragment');

const acrLevels = ['Level3', 'Level4', 'idporten-loa-substantial', 'idporten-loa-high'] as const;

const sidecar = z.strictObject({
  enabled: z.boolean(),
  autoLogin: z.boolean().optional(),
  autoLoginIgnorePaths: z.array(z.string()).optional(),
  level: z.enum(acrLevels).optional(),
  locale: z.enum(['nb', 'nn', 'en', 'se']).optional(),
  resources: z.looseObject({}).optional(),
});

export const applicationSchema = z.looseObject({
  apiVersion: z.literal(applicationVersion),
  kind: z.literal('Application'),
  metadata,
  spec: z.looseObject({
    ingresses: z.array(address).optional(),
    idporten: z
      .strictObject({
        enabled: z.boolean(),
        redirectPath: path.describe('Follows each ingress. /oauth2/callback unless given.').optional(),
        frontchannelLogoutPath: path.describe('Follows the first ingress. /oauth2/logout unless given.').optional(),
        sidecar: sidecar.describe('With the sidecar (Wonderwall) its own paths are registered.').optional(),
        ...common,
      })
      .optional(),
    maskinporten: z.strictObject({ enabled: z.boolean(), scopes: maskinportenScopes.optional() }).optional(),
  }),
});

const secretName = z
  .string()
  .describe('Accepted, and not used: credentials are delivered by `digdir credentials`.')
  .optional();

export const idportenClientSchema = z.looseObject({
  apiVersion: z.literal(clientVersion),
  kind: z.literal('IDPortenClient'),
  metadata,
  spec: z.strictObject({
    ...common,
    clientName: clientName.describe('Shown at login.').optional(),
    frontchannelLogoutURI: address.describe('On scheme, host and port of a redirect URI.').optional(),
    redirectURI: address.describe('Deprecated: use redirectURIs.').optional(),
    redirectURIs: z.array(address).optional(),
    secretName,
    ssoDisabled: z.boolean().optional(),
  }),
});

export const maskinportenClientSchema = z.looseObject({
  apiVersion: z.literal(clientVersion),
  kind: z.literal('MaskinportenClient'),
  metadata,
  spec: z.strictObject({
    clientName: clientName.optional(),
    scopes: maskinportenScopes.optional(),
    secretName,
  }),
});
