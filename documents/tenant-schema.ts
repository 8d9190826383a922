/** What a tenant may say about itself in the tenant file. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import { shortestDrain } from '../domain/rotation.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { AdminClient, ClientKind, GooglePlace, ProtectionLevel, Replication, Tenant } from '../domain/tenant.ts';
import { applicationsSchema } from './applications-schema.ts';
import { approvalSchema } from './approval-schema.ts';
import { secondsOf } from './durations.ts';
import { distinct, rule } from './fields.ts';
import { rotationSchema } from './rotation-schema.ts';
import {
  clientId,
  keyId,
  location,
  organisationNumber,
  principal,
  projectId,
  resourceId,
  scope,
  tenantName,
} from './tenant-fields.ts';

const tooLong = 'has to be between one second and a year';

/** A duration as people write it, `14d`; in seconds. */
const duration = z
  .string()
  .refine((value) => secondsOf(value) !== undefined, 'has to be a number and a unit, as in 90s, 15m, 12h or 14d')
  .transform((value) => secondsOf(value) ?? 0)
  .refine((seconds) => seconds >= 1 && seconds <= 365 * 86_400, tooLong);

/** A new certificate takes its weeks; of a life of three years, a year is already long. */
const renewBefore = duration.refine((seconds) => seconds >= 14 * 86_400, 'has to be between 14 days and a year');

const locations = z.array(location).min(1).refine(distinct);
const replication: z.ZodType<Replication> = z.union(
  [z.literal('automatic'), locations.transform((list) => ({ locations: list }))],
  'has to be automatic, or a list of different locations',
);
const protectionLevel = z
  .enum(['software', 'hsm'])
  .transform((level): ProtectionLevel => (level === 'hsm' ? 'HSM' : 'SOFTWARE'));

const google: z.ZodType<GooglePlace> = z.strictObject({
  project: projectId,
  location,
  keyRing: resourceId,
  protectionLevel: protectionLevel.default('SOFTWARE'),
  replication: replication.default('automatic'),
});

/** What the admin clients need at least (Nais' onboarding page). */
const defaultScopes: Record<ClientKind, readonly string[]> = {
  maskinporten: ['idporten:dcr.write', 'idporten:dcr.read', 'idporten:scopes.write'],
  idporten: ['idporten:dcr.write', 'idporten:dcr.read'],
};

function clientSchema(kind: ClientKind): z.ZodType<AdminClient> {
  return z
    .strictObject({
      clientId,
      scopes: z
        .array(scope)
        .min(1, 'has to name a scope')
        .default([...defaultScopes[kind]]),
      assertion: z.enum(['x5c', 'kid']).default('x5c'),
      kid: keyId.optional(),
      cryptoKey: resourceId.optional(),
    })
    .refine(...rule('scopes', 'names a scope twice', ({ scopes }) => distinct(scopes)))
    .refine(
      ...rule('kid', 'may only be given with `assertion: kid`', ({ assertion, kid }) => assertion !== 'x5c' || !kid),
    );
}

/** The tenant file once its YAML is read: what stands in it, strictly, with the defaults of what does not. */
export const tenantFileSchema: z.ZodType<Tenant> = z
  .strictObject({
    tenant: tenantName,
    environment: z.enum(environments),
    organisation: organisationNumber,
    google,
    platform: principal,
    clients: z
      .strictObject({
        maskinporten: clientSchema('maskinporten').optional(),
        idporten: clientSchema('idporten').optional(),
      })
      .refine(...rule('', 'has to name maskinporten, idporten or both', (clients) => Object.keys(clients).length > 0)),
    approval: approvalSchema(duration).default({}),
    rotation: rotationSchema(duration).prefault({}),
    watch: z.strictObject({ renewBefore: renewBefore.optional() }).optional(),
    applications: applicationsSchema.optional(),
  })
  .refine(...rule('rotation', `has a \`drain\` of less than ${shortestDrain} seconds`, drainsLongEnough))
  .refine(...rule('clients', 'name the same `cryptoKey` twice: each client needs its own', differentKeys));

type Fields = Readonly<Record<string, unknown>>;

/** In a local world nobody reads who is not known. */
function drainsLongEnough({ rotation, environment }: Fields): boolean {
  const drain = fieldOf(rotation, 'drain');
  return environment === 'local' || typeof drain !== 'number' || drain >= shortestDrain;
}

/** What a client leaves out is its derived name, which another must not take either. */
function differentKeys({ tenant, environment, clients }: Fields): boolean {
  const names = clientKinds.flatMap((kind) => {
    const client = fieldOf(clients, kind);
    if (client === undefined) return [];
    return [fieldOf(client, 'cryptoKey') ?? `${String(tenant)}-${String(environment)}-${kind}`];
  });
  return new Set(names).size === names.length;
}

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
