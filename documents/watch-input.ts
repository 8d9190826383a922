/** The input of the watch and of the list of what expires, as anyone may type it into the Temporal UI. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import type { Ladder } from '../domain/expiry.ts';
import type { Finding } from '../domain/failures.ts';
import { longestWait } from '../domain/onboarding.ts';
import type { WatchRequest } from '../domain/watch.ts';
import { approvalSchema } from './approval-schema.ts';
import { check, locateByPath } from './findings.ts';
import { adminClient, fullPace, rotationSettings } from './onboarding-input.ts';
import { googlePlace, organisationNumber, principal, requester, tenantName } from './tenant-fields.ts';

const seconds = z.int().positive('has to be more than nothing').max(longestWait, `has to be at most ${longestWait}`);

const ladder: z.ZodType<Ladder> = z.strictObject({
  rungs: z
    .array(
      z.strictObject({
        step: z.string().regex(/^[a-z0-9-]{1,20}$/, 'has to be letters, digits and dashes'),
        months: z.int().min(0).max(120).optional(),
        seconds: z.int().min(0).max(longestWait).optional(),
      }),
    )
    .max(100, 'are too many'),
  expired: z.enum(['once', 'daily']),
});

const watchRequest: z.ZodType<WatchRequest> = z.strictObject({
  tenant: tenantName,
  environment: z.enum(environments),
  organisation: organisationNumber,
  google: googlePlace,
  platform: principal,
  clients: z.strictObject({ maskinporten: adminClient.optional(), idporten: adminClient.optional() }),
  approval: approvalSchema(seconds),
  renewBefore: seconds.optional(),
  ladders: z.strictObject({ certificate: ladder, key: ladder }).optional(),
  rotation: rotationSettings,
  requestedBy: requester,
  pace: fullPace,
});

/** The request, or everything that is wrong with it, each by its path. */
export function readWatchInput(input: unknown): { request?: WatchRequest; findings: Finding[] } {
  const { value, findings } = check(watchRequest, input, locateByPath('input'));
  return value ? { request: value, findings: [] } : { findings };
}
