/** The input of a survey, as anyone may type it into the Temporal UI. */

import { z } from 'zod';
import { environments } from '../domain/environments.ts';
import type { Finding } from '../domain/failures.ts';
import type { SurveyRequest } from '../domain/survey.ts';
import { clientKinds } from '../domain/tenant.ts';
import { check, locateByPath } from './findings.ts';
import { pace } from './provisioning-input.ts';
import { googlePlace, requester, tenantName } from './tenant-fields.ts';

const surveyRequest: z.ZodType<SurveyRequest> = z.strictObject({
  client: z.strictObject({ tenant: tenantName, environment: z.enum(environments), kind: z.enum(clientKinds) }),
  google: googlePlace,
  requestedBy: requester,
  pace,
});

/** The request, or everything that is wrong with it, each by its path. */
export function readSurveyInput(input: unknown): { request?: SurveyRequest; findings: Finding[] } {
  const { value, findings } = check(surveyRequest, input, locateByPath('input'));
  return value ? { request: value, findings: [] } : { findings };
}
