/** What a tenant may say about itself in the tenant file. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import { organisationNumberFault } from '../domain/organisation.ts';
import type { AdminClient, ClientKind, GooglePlace, ProtectionLevel, Replication, Tenant } from '../domain/tenant.ts';
import { approvalSchema } from './approval-schema.ts';
import { secondsOf } from './durations.ts';
import { distinct, rule, text } from './fields.ts';

const tooLong = 'has to be between one second and a year';

/** A duration as people write it, `14d`; in seconds. */
const duration = z
  .string()
  .refine((value) => secondsOf(value) !== undefined, 'has to be a number and a unit, as in 90s, 15m, 12h or 14d')
  .transform((value) => secondsOf(value) ?? 0)
  .refine((seconds) => seconds >= 1 && seconds <= 365 * 86_400, tooLong);

const location = text(/^[a-z][a-z0-9-]{1,40}$/, 'is not a location of Google Cloud, such as europe-north1');
const locations = z.array(location).min(1).refine(distinct);
const replication: z.ZodType<Replication> = z.union(
  [z.literal('automatic'), locations.transform((list) => ({ locations: list }))],
  'has to be automatic, or a list of different locations',
);
const protectionLevel = z
  .enum(['software', 'hsm'])
  .transform((level): ProtectionLevel => (level === 'hsm' ? 'HSM' : 'SOFTWARE'));

const resourceId = text(/^[A-Za-z0-9_-]{1,63}$/, 'has to be 1 to 63 letters, digits, dashes and underscores');
const printable = /^[\x21-\x7e]{1,255}$/;
/** A scope-token of RFC 6749 section 3.3. */
const scope = text(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, 'is not a scope');

const google: z.ZodType<GooglePlace> = z.strictObject({
  project: text(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'is not a project id (6 to 30 lower-case letters, digits, dashes)'),
  location,
  keyRing: resourceId,
  protectionLevel: protectionLevel.default('SOFTWARE'),
  replication: replication.default('automatic'),
});

/** One principal, never everybody: what it may do is signing in the organisation's name. */
const platformForm =
  /^(serviceAccount:[^\s@:]+@[^\s@:]+\.[^\s@:]+|(user|group):[^\s@:]+@[^\s@:]+|principal(Set)?:\/\/iam\.googleapis\.com\/[^\s*]+)$/;
const platformFault = 'has to be one principal, as in serviceAccount:NAME@PROJECT.iam.gserviceaccount.com';

/** What the admin clients need at least (Nais' onboarding page). */
const defaultScopes: Record<ClientKind, readonly string[]> = {
  maskinporten: ['idporten:dcr.write', 'idporten:dcr.read', 'idporten:scopes.write'],
  idporten: ['idporten:dcr.write', 'idporten:dcr.read'],
};

function clientSchema(kind: ClientKind): z.ZodType<AdminClient> {
  return z
    .strictObject({
      clientId: text(printable, 'has to be the client id as Digdir gave it, without spaces'),
      scopes: z
        .array(scope)
        .min(1, 'has to name a scope')
        .default([...defaultScopes[kind]]),
      assertion: z.enum(['x5c', 'kid']).default('x5c'),
      kid: text(printable, 'has to be the key id as Digdir shows it, without spaces').optional(),
      cryptoKey: resourceId.optional(),
    })
    .refine(...rule('scopes', 'names a scope twice', ({ scopes }) => distinct(scopes)))
    .refine(
      ...rule('kid', 'may only be given with `assertion: kid`', ({ assertion, kid }) => assertion !== 'x5c' || !kid),
    );
}

/** The tenant file once its YAML is read: what stands in it, strictly, with the defaults of what does not. */
export const tenantFileSchema: z.ZodType<Tenant> = z.strictObject({
  tenant: text(/^[a-z][a-z0-9-]{0,30}$/, 'has to be 1 to 31 lower-case letters, digits and dashes, a letter first'),
  environment: z.enum(environments),
  organisation: z.string().refine((number) => organisationNumberFault(number) === undefined, {
    error: ({ input }) => `is wrong: ${organisationNumberFault(String(input))}`,
    params: { code: 'ORGANISATION_NUMBER_INVALID' },
  }),
  google,
  platform: text(platformForm, platformFault),
  clients: z
    .strictObject({
      maskinporten: clientSchema('maskinporten').optional(),
      idporten: clientSchema('idporten').optional(),
    })
    .refine(...rule('', 'has to name maskinporten, idporten or both', (clients) => Object.keys(clients).length > 0))
    .refine(...rule('idporten', 'has the same `cryptoKey` as maskinporten: each needs its own', differentKeys)),
  approval: approvalSchema(duration).default({}),
});

type Fields = Readonly<Record<string, unknown>>;

function differentKeys({ maskinporten, idporten }: Fields): boolean {
  if (maskinporten === undefined || idporten === undefined) return true;
  return cryptoKeyOf('maskinporten', maskinporten) !== cryptoKeyOf('idporten', idporten);
}

function cryptoKeyOf(kind: ClientKind, client: unknown): unknown {
  const given: unknown = typeof client === 'object' && client !== null ? Reflect.get(client, 'cryptoKey') : undefined;
  return given ?? `${kind}-cert-chain`;
}
