/** The input of an onboarding, as anyone may type it into the Temporal UI: checked whole before anything is looked at. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import { longestWait } from '../domain/onboarding.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { clientKinds } from '../domain/tenant.ts';
import { approvalSchema } from './approval-schema.ts';
import { text } from './fields.ts';
import { check, locateByPath } from './findings.ts';
import {
  clientId,
  googlePlace,
  keyId,
  organisationNumber,
  principal,
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

const onboardingRequest: z.ZodType<OnboardingRequest> = z.strictObject({
  tenant: tenantName,
  environment: z.enum(environments),
  organisation: organisationNumber,
  google: googlePlace,
  platform: principal,
  kind: z.enum(clientKinds),
  client: z.strictObject({
    clientId,
    scopes: z.array(scope).min(1, 'has to name a scope'),
    assertion: z.enum(['x5c', 'kid']),
    kid: keyId.optional(),
    cryptoKey: resourceId.optional(),
  }),
  approval: approvalSchema(positive),
  chain: z.string().max(65_536, 'is longer than a certificate chain').optional(),
  existing: z.strictObject({
    keyVersion: keyVersion.optional(),
    chainVersion: secretVersion.optional(),
    clientIdVersion: secretVersion.optional(),
  }),
  requestedBy: z.string().min(1, 'has to say who asks').max(255, 'is too long for a name'),
  pace: z.strictObject({
    attempt: positive,
    heartbeat: positive,
    retry: positive,
    propagation: positive,
    patience: positive,
    submission: positive,
  }),
});

/** The request, or everything that is wrong with it, each by its path. */
export function readOnboardingInput(input: unknown): { request?: OnboardingRequest; findings: Finding[] } {
  const { value, findings } = check(onboardingRequest, input, locateByPath('input'));
  return value ? { request: value, findings } : { findings };
}
