/** The input of an onboarding, as anyone may type it into the Temporal UI: checked whole before anything is looked at. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { organisationNumberFault } from '../domain/organisation.ts';
import { clientKinds } from '../domain/tenant.ts';
import { check, locateByPath } from './findings.ts';

const id = z.string().regex(/^[a-zA-Z0-9_-]{1,63}$/, 'has to be 1 to 63 letters, digits, - or _');
const member = z.string().regex(/^(serviceAccount|user|group|principal|principalSet):\S+$/, 'has to be an IAM member');
const seconds = z.number().int().positive();

const gatePolicy = z.strictObject({
  approvers: z.number().int().min(1),
  who: z.array(z.string().min(1)),
  identity: z.enum(['asserted', 'verified']),
  issuer: z.string().optional(),
  expiresAfter: seconds,
  remindAfter: z.array(seconds),
});

const keyVersion = z
  .string()
  .regex(/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+\/cryptoKeyVersions\/\d+$/);
const secretVersion = z.string().regex(/^projects\/[^/]+\/secrets\/[^/]+\/versions\/\d+$/);

const onboardingRequest: z.ZodType<OnboardingRequest> = z.strictObject({
  tenant: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'has to be 1 to 31 lower-case letters, digits or -'),
  environment: z.enum(environments),
  organisation: z.string().superRefine((text, context) => {
    const fault = organisationNumberFault(text);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  }),
  google: z.strictObject({
    project: z.string().regex(/^[a-z][a-z0-9-]{4,29}$/, 'has to be a project id'),
    location: id,
    keyRing: id,
    protectionLevel: z.enum(['SOFTWARE', 'HSM']),
    replication: z.union([z.literal('automatic'), z.strictObject({ locations: z.array(id).min(1) })]),
  }),
  platform: member,
  kind: z.enum(clientKinds),
  client: z.strictObject({
    clientId: z.string().regex(/^\S{1,255}$/),
    scopes: z.array(z.string().regex(/^\S+$/)).min(1),
    assertion: z.enum(['x5c', 'kid']),
    kid: z.string().min(1).optional(),
    cryptoKey: id.optional(),
  }),
  approval: z.strictObject({
    custody: gatePolicy.optional(),
    registration: gatePolicy.optional(),
    activation: gatePolicy.optional(),
  }),
  chain: z.string().max(65_536).optional(),
  existing: z.strictObject({
    keyVersion: keyVersion.optional(),
    chainVersion: secretVersion.optional(),
    clientIdVersion: secretVersion.optional(),
  }),
  requestedBy: z.string().min(1).max(255),
  pace: z.strictObject({
    attempt: seconds,
    heartbeat: seconds,
    retry: seconds,
    propagation: seconds,
    patience: seconds,
    submission: seconds,
  }),
});

/** The request, or everything that is wrong with it, each by its path. */
export function readOnboardingInput(input: unknown): { request?: OnboardingRequest; findings: Finding[] } {
  const { value, findings } = check(onboardingRequest, input, locateByPath('input'));
  return value ? { request: value, findings } : { findings };
}
