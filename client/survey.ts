/** The organisation's clients at Digdir, one list for each kind that is declared. */

import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { surveyStart } from '../domain/survey.ts';
import type { Survey, SurveyedClient, SurveyRequest } from '../domain/survey.ts';
import { clientKinds } from '../domain/tenant.ts';
import { resultOf } from './short-run.ts';

/** `requests`: all of one tenant. Fails as the survey of a kind does, or with NO_WORKER. */
export async function surveyFor(
  client: Client,
  taskQueue: string,
  requests: readonly ProvisioningRequest[],
): Promise<SurveyedClient[]> {
  const firsts = clientKinds.flatMap((kind) => requests.find((request) => request.client.kind === kind) ?? []);
  const surveys = await Promise.all(firsts.map(async (first) => await surveyOne(client, taskQueue, first)));
  return surveys.flatMap(({ clients }) => clients);
}

async function surveyOne(
  temporal: Client,
  taskQueue: string,
  { client: { tenant, environment, kind }, google, requestedBy, pace }: ProvisioningRequest,
): Promise<Survey> {
  const request: SurveyRequest = { client: { tenant, environment, kind }, google, requestedBy, pace };
  return await resultOf<Survey>(temporal, taskQueue, surveyStart(request, randomUUID()));
}
