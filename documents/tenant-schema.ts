/** What a tenant may say about itself, in the two forms it comes in: the tenant file, and the argument of a workflow. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import { organisationNumberFault } from '../domain/organisation.ts';
import type { AdminClient, ClientKind, GooglePlace, ProtectionLevel, Replication, Tenant } from '../domain/tenant.ts';
import { approvalSchema } from './approval-schema.ts';
import { secondsOf } from './durations.ts';
import { distinct, rule, text } from './fields.ts';

/** In what the two forms differ. */
type Forms = {
  readonly duration: z.ZodType<number>;
  readonly protectionLevel: z.ZodType<ProtectionLevel>;
  readonly replication: z.ZodType<Replication>;
};

const year = 365 * 86_400;
const tooLong = 'has to be between one second and a year';
const location = text(/^[a-z][a-z0-9-]{1,40}$/, 'is not a location of Google Cloud, such as europe-north1');
const replicationFault = 'has to be automatic, or a list of different locations';

/** As people write it: `14d`, `software`, `[europe-north1]`. */
const fileForms: Forms = {
  duration: z
    .string()
    .refine((value) => secondsOf(value) !== undefined, 'has to be a number and a unit, as in 90s, 15m, 12h or 14d')
    .transform((value) => secondsOf(value) ?? 0)
    .refine((seconds) => seconds >= 1 && seconds <= year, tooLong),
  protectionLevel: z.enum(['software', 'hsm']).transform((level) => (level === 'hsm' ? 'HSM' : 'SOFTWARE')),
  replication: z.union(
    [
      z.literal('automatic'),
      z
        .array(location)
        .min(1)
        .refine(distinct)
        .transform((locations) => ({ locations })),
    ],
    replicationFault,
  ),
};

/** As it travels: seconds, `SOFTWARE`, `{ locations }`. */
const valueForms: Forms = {
  duration: z.int().min(1, tooLong).max(year, tooLong),
  protectionLevel: z.enum(['SOFTWARE', 'HSM']),
  replication: z.union(
    [z.literal('automatic'), z.strictObject({ locations: z.array(location).min(1).refine(distinct) })],
    replicationFault,
  ),
};

function tenantSchema(forms: Forms): z.ZodType<Tenant> {
  return z.strictObject({
    tenant: text(/^[a-z][a-z0-9-]{0,30}$/, 'has to be 1 to 31 lower-case letters, digits and dashes, a letter first'),
    environment: z.enum(environments),
    organisation: z.string().refine((number) => organisationNumberFault(number) === undefined, {
      error: ({ input }) => `is wrong: ${organisationNumberFault(String(input))}`,
      params: { code: 'ORGANISATION_NUMBER_INVALID' },
    }),
    google: googleSchema(forms),
    platform: text(platformForm, platformFault),
    clients: z
      .strictObject({
        maskinporten: clientSchema('maskinporten').optional(),
        idporten: clientSchema('idporten').optional(),
      })
      .refine(...rule('', 'has to name maskinporten, idporten or both', (clients) => Object.keys(clients).length > 0))
      .refine(...rule('idporten', 'has the same `cryptoKey` as maskinporten: each needs its own', differentKeys)),
    approval: approvalSchema(forms.duration).default({}),
  });
}

/** One principal, never everybody: what it may do is signing in the organisation's name. */
const platformForm =
  /^(serviceAccount:[^\s@:]+@[^\s@:]+\.[^\s@:]+|(user|group):[^\s@:]+@[^\s@:]+|principal(Set)?:\/\/iam\.googleapis\.com\/[^\s*]+)$/;
const platformFault = 'has to be one principal, as in serviceAccount:NAME@PROJECT.iam.gserviceaccount.com';

function googleSchema({ protectionLevel, replication }: Forms): z.ZodType<GooglePlace> {
  return z.strictObject({
    project: text(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'is not a project id (6 to 30 lower-case letters, digits, dashes)'),
    location,
    keyRing: resourceId,
    protectionLevel: protectionLevel.default('SOFTWARE'),
    replication: replication.default('automatic'),
  });
}

const resourceId = text(/^[A-Za-z0-9_-]{1,63}$/, 'has to be 1 to 63 letters, digits, dashes and underscores');
const printable = /^[\x21-\x7e]{1,255}$/;
/** A scope-token of RFC 6749 section 3.3. */
const scope = text(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, 'is not a scope');

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

type Fields = Readonly<Record<string, unknown>>;

function differentKeys({ maskinporten, idporten }: Fields): boolean {
  if (maskinporten === undefined || idporten === undefined) return true;
  return cryptoKeyOf('maskinporten', maskinporten) !== cryptoKeyOf('idporten', idporten);
}

function cryptoKeyOf(kind: ClientKind, client: unknown): unknown {
  const given: unknown = typeof client === 'object' && client !== null ? Reflect.get(client, 'cryptoKey') : undefined;
  return given ?? `${kind}-cert-chain`;
}

/** The tenant file once its YAML is read. */
export const tenantFileSchema = tenantSchema(fileForms);

/** A `Tenant` as JSON, from whoever starts a workflow. */
export const tenantValueSchema = tenantSchema(valueForms);
