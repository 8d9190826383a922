/** The organisation's clients at Digdir, one list for each kind that is declared. */

import { randomUUID } from 'node:crypto';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { surveyStart } from '../domain/survey.ts';
import type { Survey, SurveyedClient, SurveyRequest } from '../domain/survey.ts';
import { clientKinds } from '../domain/tenant.ts';
import { resultOf } from './short-run.ts';
import type { ShortRuns } from './short-run.ts';

/** `requests`: all of one tenant. Fails as the survey of a kind does, or with NO_WORKER. */
export async function surveyFor(runs: ShortRuns, requests: readonly ProvisioningRequest[]): Promise<SurveyedClient[]> {
  const firsts = clientKinds.flatMap((kind) => requests.find((request) => request.client.kind === kind) ?? []);
  const surveys = await Promise.all(firsts.map(async (first) => await surveyOne(runs, first)));
  return surveys.flatMap(({ clients }) => clients);
}

async function surveyOne(
  runs: ShortRuns,
  { client: { tenant, environment, kind }, google, requestedBy, pace }: ProvisioningRequest,
): Promise<Survey> {
  const request: SurveyRequest = { client: { tenant, environment, kind }, google, requestedBy, pace };
  return await resultOf<Survey>(runs, surveyStart(request, randomUUID()));
}
