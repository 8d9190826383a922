/** The input of an onboarding, as anyone may type it into the Temporal UI: checked whole before anything is looked at. */

import { z } from 'zod';
import { keySizes } from '../domain/certificate.ts';
import type { Certificate } from '../domain/certificate.ts';
import { environments } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import { longestWait } from '../domain/onboarding.ts';
import type { OnboardingRequest, Pace, Replaced } from '../domain/onboarding.ts';
import { shortestDrain } from '../domain/rotation.ts';
import type { RotationRequest, RotationSettings } from '../domain/rotation.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { AdminClient } from '../domain/tenant.ts';
import { phasesSchema } from './approval-schema.ts';
import { rule, text } from './fields.ts';
import { check, locateByPath } from './findings.ts';
import {
  clientId,
  googlePlace,
  keyId,
  organisationNumber,
  principal,
  requester,
  resourceId,
  scope,
  tenantName,
} from './tenant-fields.ts';

const positive = z.int().positive('has to be more than nothing').max(longestWait, `has to be at most ${longestWait}`);

const keyVersion = text(
  /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+\/cryptoKeyVersions\/\d+$/,
  'has to be the full name of a key version',
);
const secretVersion = text(
  /^projects\/[^/]+\/secrets\/[^/]+\/versions\/\d+$/,
  'has to be the full name of a secret version, with its number',
);

export const fullPace: z.ZodType<Pace> = z.strictObject({
  attempt: positive,
  heartbeat: positive,
  retry: positive,
  propagation: positive,
  patience: positive,
  submission: positive,
});

/** An admin client as workflows are given it, defaults filled in. */
export const adminClient: z.ZodType<AdminClient> = z.strictObject({
  clientId,
  scopes: z.array(scope).min(1, 'has to name a scope'),
  assertion: z.enum(['x5c', 'kid']),
  kid: keyId.optional(),
  cryptoKey: resourceId.optional(),
});

type Fields = Readonly<Record<string, unknown>>;

const certificate: z.ZodType<Certificate> = z.strictObject({
  subject: z.string(),
  issuer: z.string(),
  serialNumber: z.string(),
  fingerprint: z.string(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  organisation: z.string(),
  keySize: z.literal(keySizes),
  publicKey: z.string(),
});

const serialNumber = text(/^[0-9A-Fa-f: ]{1,80}$/, 'has to be the serial number of a certificate, in hexadecimal');

const retire = z.enum(['disable', 'destroy']);

const replaced: z.ZodType<Replaced> = z.strictObject({
  certificate,
  keyVersion,
  clientId: z.string(),
  assertion: z.union([
    z.strictObject({ style: z.literal('x5c') }),
    z.strictObject({ style: z.literal('kid'), kid: z.string() }),
  ]),
  retire,
  compromised: z.boolean(),
  rolledBack: z.strictObject({ fingerprint: z.string(), by: z.string(), at: z.iso.datetime() }).optional(),
});

const fields = {
  tenant: tenantName,
  environment: z.enum(environments),
  organisation: organisationNumber,
  google: googlePlace,
  platform: principal,
  kind: z.enum(clientKinds),
  client: adminClient,
  approval: phasesSchema(positive),
  chain: z.string().max(65_536, 'is longer than a certificate chain').optional(),
  existing: z.strictObject({
    keyVersion: keyVersion.optional(),
    chainVersion: secretVersion.optional(),
    clientIdVersion: secretVersion.optional(),
  }),
  replaces: replaced.optional(),
  requestedBy: requester,
  pace: fullPace,
};

const onboardingRequest: z.ZodType<OnboardingRequest> = z.strictObject(fields);

/** How a rotation goes, as workflows are given it. */
export const rotationSettings: z.ZodType<RotationSettings> = z
  .strictObject({ soak: positive, drain: positive, retire, compromised: serialNumber.optional() })
  .refine(...rule('soak', 'is shorter than `drain`, the time that readers need', soaksLongEnough));

const rotationRequest: z.ZodType<RotationRequest> = z
  .strictObject({
    ...fields,
    rotation: rotationSettings,
  })
  .refine(...rule('rotation', `has a \`drain\` of less than ${shortestDrain} seconds`, drainsLongEnough));

function soaksLongEnough({ soak, drain }: Fields): boolean {
  return Number(soak) >= Number(drain);
}

/** In a local world nobody reads who is not known. */
function drainsLongEnough({ rotation, environment }: Fields): boolean {
  if (environment === 'local' || typeof rotation !== 'object' || rotation === null) return true;
  return Number(Reflect.get(rotation, 'drain')) >= shortestDrain;
}

/** The request, or everything that is wrong with it, each by its path. */
export function readOnboardingInput(input: unknown): { request?: OnboardingRequest; findings: Finding[] } {
  const { value, findings } = check(onboardingRequest, input, locateByPath('input'));
  return value ? { request: value, findings } : { findings };
}

/** The same for a rotation. */
export function readRotationInput(input: unknown): { request?: RotationRequest; findings: Finding[] } {
  const { value, findings } = check(rotationRequest, input, locateByPath('input'));
  return value ? { request: value, findings } : { findings };
}
