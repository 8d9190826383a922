/** The input of a look at what is on record, as anyone may type it into the Temporal UI. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import type { HistoryRequest } from '../domain/history.ts';
import { clientKinds } from '../domain/tenant.ts';
import { check, locateByPath } from './findings.ts';
import { oauthClientName, pace } from './provisioning-input.ts';
import { googlePlace, requester, tenantName } from './tenant-fields.ts';

const adminClient = z.strictObject({
  tenant: tenantName,
  environment: z.enum(environments),
  kind: z.enum(clientKinds),
});

const historyRequest: z.ZodType<HistoryRequest> = z.strictObject({
  client: z.union([oauthClientName, adminClient]),
  google: googlePlace,
  requestedBy: requester,
  pace,
});

/** The request, or everything that is wrong with it, each by its path. */
export function readHistoryInput(input: unknown): { request?: HistoryRequest; findings: Finding[] } {
  const { value, findings } = check(historyRequest, input, locateByPath('input'));
  return value ? { request: value, findings: [] } : { findings };
}
