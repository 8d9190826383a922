/** The scopes of a Maskinporten client, as both kinds of manifest declare them (nais/liberator, `MaskinportenScope`). */

import { z } from 'zod';
import { isScopeName } from '../domain/scope-names.ts';
import { maskinportenScope, seconds } from './client-fields.ts';
import { text } from './fields.ts';
import { organisationNumber } from './tenant-fields.ts';

/** All that Digdir has (OpenAPI document of the self-service API). */
const integrationTypes = [
  'ansattporten',
  'api_klient',
  'eformidling',
  'idporten',
  'idporten_saml2',
  'krr',
  'maskinporten',
] as const;

const nameForm = 'has to be letters (a to z, æ, ø, å), digits and separators, as in v1/inntekt.read';

const exposedScope = z.strictObject({
  enabled: z.boolean().describe('Whether the scope is to be active.'),
  product: text(/^[a-z0-9]+$/, 'has to be letters (a to z) and digits').describe('What the scope begins with.'),
  name: z
    .string()
    .refine(isScopeName, nameForm)
    // Simpler than the rule, since an editor may search it by backtracking.
    .meta({ pattern: '^[a-zæøå0-9][a-zæøå0-9/:.]*[a-zæøå0-9]$', description: 'What the scope ends with.' }),
  separator: z
    .enum([':', '/', '.'])
    .describe('Between product and name. ":" unless given, or "/" where the name has one.')
    .optional(),
  atMaxAge: seconds(30, 680).describe('How old a token may be, in seconds, 30 to 680.').default(30),
  allowedIntegrations: z
    .array(z.enum(integrationTypes))
    .min(1, 'has to name an integration type')
    .describe('Whose clients may have the scope.')
    .default(['maskinporten']),
  consumers: z
    .array(z.strictObject({ orgno: organisationNumber, name: z.string().describe('For people only.').optional() }))
    .describe('The organisations that get access.')
    .default([]),
  accessibleForAll: z.boolean().describe('Whether all organisations have access.').default(false),
  delegationSource: z
    .enum(['altinn'])
    .describe('Where consumers may delegate their access to suppliers. Needs the separator "/".')
    .optional(),
  visibility: z.enum(['public', 'private']).describe('Whether the scope is listed.').default('public'),
});

export const maskinportenScopes = z.strictObject({
  consumes: z
    .array(z.strictObject({ name: maskinportenScope.describe('The complete scope, prefix:subscope.') }))
    .describe("Scopes of others' APIs. The defaultScope of the tenant file unless given.")
    .default([]),
  exposes: z.array(exposedScope).describe("Scopes of the application's own API.").default([]),
});

export type MaskinportenScopes = z.output<typeof maskinportenScopes>;
