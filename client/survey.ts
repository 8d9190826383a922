/** The organisation's clients at Digdir, one list for each kind that is declared. */

import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { surveyStart } from '../domain/survey.ts';
import type { Survey, SurveyedClient, SurveyRequest } from '../domain/survey.ts';
import { clientKinds } from '../domain/tenant.ts';
import { Refusal } from '../domain/refusal.ts';
import { whileWorked } from './preview.ts';
import { failedEnd } from './run-end.ts';
import { requireWorkers } from './workers.ts';

/** Milliseconds that a list may take before the workers are asked after, and between two times that they are. */
const times = { patience: 120_000, pause: 5_000 };

/** `requests`: all of one tenant. Fails as the survey of a kind does, or with NO_WORKER. */
export async function surveyFor(
  client: Client,
  taskQueue: string,
  requests: readonly ProvisioningRequest[],
): Promise<SurveyedClient[]> {
  await requireWorkers(client, taskQueue);
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
  const { workflowType, args, ...options } = surveyStart(request, randomUUID());
  try {
    const handle = await temporal.workflow.start(workflowType, { ...options, args: [...args], taskQueue });
    const result = async (signal: AbortSignal): Promise<unknown> =>
      await temporal.withAbortSignal(signal, async () => await handle.result());
    return (await whileWorked(result, async () => await requireWorkers(temporal, taskQueue), times)) as Survey;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { code, message, findings } = failedEnd(error);
    throw new Refusal(code, message, { findings });
  }
}
