/**
 * Provisioning of one application's client: apply, key rotation, acknowledgement and removal, one after the other. A single
 * run is at work on a client; requests that come meanwhile join it, and its result says what became of each.
 */

import { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import { oauthClientWorkflowId } from '../domain/client-names.ts';
import { failureOf, isFailureCode } from '../domain/failures.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import { clientPreviewIdStem, publishedOf } from '../domain/provisioning.ts';
import type {
  Accepted,
  ClientPreview,
  OperationEnd,
  ProvisioningRequest,
  ProvisioningResult,
} from '../domain/provisioning.ts';
import { operator } from './activities.ts';
import { accept, carryOutStep, clientStatusOf, createClientRun, endOf, showClient, takeNext } from './client-run.ts';
import type { ClientRun, Numbered } from './client-run.ts';
import { carryOutClientStep } from './client-steps.ts';
import { clientStatusQuery, provisionUpdate } from './messages.ts';
import { readProvisioning } from './read-provisioning.ts';

export async function provisioning(input: ProvisioningRequest): Promise<ProvisioningResult> {
  const run = createClientRun();
  handleRequests(run);
  accept(run, await checked(input));
  for (let next = takeNext(run); next; next = takeNext(run)) {
    run.current = next;
    run.ends.push(await carryOut(run, next));
    run.current = undefined;
  }
  run.ended = true;
  showClient(run);
  return { ends: run.ends };
}

/** What `digdir plan` shows. */
export async function previewClient(input: ProvisioningRequest): Promise<ClientPreview> {
  const request = await readable(input);
  if (!workflowInfo().workflowId.startsWith(clientPreviewIdStem(request))) {
    const message = `A preview of this input has an id that begins with ${clientPreviewIdStem(request)}.`;
    throw ApplicationFailure.nonRetryable(message, 'WORKFLOW_ID_MISMATCH');
  }
  const plan = operator(request.pace, 'Look at the client, and plan').planClient(request);
  const { steps, notices } = await plan.catch((error: unknown) => {
    throw failureIn(error);
  });
  return { steps, notices };
}

/** The answer comes at once, so that any number of requests can join; what becomes of each is in the run's result. */
function handleRequests(run: ClientRun): void {
  const take = (input: unknown): Accepted => {
    const request = readProvisioning(input);
    if (typeof request === 'string') throw ApplicationFailure.nonRetryable(request, 'INPUT_INVALID');
    const fault = idFault(request);
    if (fault) throw fault;
    return { runId: workflowInfo().runId, sequence: accept(run, request) };
  };
  setHandler(provisionUpdate, take, {
    description:
      'Another request for this client: the same input as the workflow’s. Answers { runId, sequence } at once.',
    validator: (input) => {
      const request = readProvisioning(input);
      if (typeof request === 'string') throw ApplicationFailure.nonRetryable(request, 'INPUT_INVALID');
      const fault = idFault(request);
      if (fault) throw fault;
    },
  });
  setHandler(clientStatusQuery, () => clientStatusOf(run), { description: 'Everything about the run as it stands.' });
}

async function checked(input: unknown): Promise<ProvisioningRequest> {
  const request = await readable(input);
  const fault = idFault(request);
  if (fault) throw fault;
  return request;
}

/** An input that is not even readable is refused by the activity that tells everything that is wrong with it. */
async function readable(input: unknown): Promise<ProvisioningRequest> {
  const request = readProvisioning(input);
  if (typeof request !== 'string') return request;
  const explain = operator(checking, 'Check the input').planClient(input as ProvisioningRequest);
  await explain.catch((error: unknown) => {
    throw failureIn(error);
  });
  throw ApplicationFailure.nonRetryable(request, 'INPUT_INVALID');
}

export const checking = { attempt: 10_000, heartbeat: 10_000, retry: 1_000, propagation: 1, patience: 60 };

/** The input is anybody's: an id that belongs to another client would make a second writer for that one. */
function idFault({ client }: ProvisioningRequest): ApplicationFailure | undefined {
  const [found, expected] = [workflowInfo().workflowId, oauthClientWorkflowId(client)];
  if (found === expected) return undefined;
  const message = `This workflow runs under the id ${found}, and its input belongs to ${expected}.`;
  return ApplicationFailure.nonRetryable(message, 'WORKFLOW_ID_MISMATCH');
}

async function carryOut(run: ClientRun, next: Numbered): Promise<OperationEnd> {
  run.steps = [];
  run.plan = [];
  run.notices = [];
  showClient(run);
  try {
    await converge(run, next);
    const changed = run.steps.length > 0;
    const message = changed ? 'Everything is as asked now.' : 'Everything was as it should be.';
    return { ...summary(run, next), outcome: changed ? 'applied' : 'unchanged', message };
  } catch (error) {
    const { code, message, findings } = refusalIn(error);
    const end = { ...summary(run, next), outcome: 'refused', code, message, findings } as const;
    // Half-way through, what was written last is not known here: the next request looks again.
    run.held = undefined;
    return end;
  }
}

/** Times that a plan may be made anew because its client turned out not to come back. */
const plans = 2;

async function converge(run: ClientRun, { request }: Numbered): Promise<void> {
  for (let round = 1; round <= plans; round += 1) {
    // observe, plan
    const look = operator(request.pace, 'Look at the client, and plan');
    const { steps, notices, held } = await look.planClient(request, run.held);
    run.plan = steps;
    run.notices = notices;
    run.held = held;
    showClient(run);
    // apply, and verify before anything is published or withdrawn
    let outcome: 'gone' | undefined;
    for (const step of steps) {
      const carried = await carryOutStep(run, step, () => carryOutClientStep(request, run.held, step));
      run.held = carried.held;
      if (carried.notice) run.notices = [...run.notices, carried.notice];
      ({ outcome } = carried);
      if (outcome) break;
    }
    if (!outcome) return;
  }
}

function summary(run: ClientRun, next: Numbered) {
  const record = run.held?.record;
  const published = record && publishedOf(next.request, record);
  return {
    ...endOf(next),
    notices: run.notices,
    steps: run.steps,
    ...(record?.clientId === undefined ? {} : { clientId: record.clientId }),
    ...(published ? { published } : {}),
  };
}

/** An activity's refusal as a failure of the workflow. */
export function failureIn(error: unknown): unknown {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return error;
  const { message, type, details } = error.cause;
  return ApplicationFailure.nonRetryable(message, type ?? 'UNEXPECTED', ...(details ?? []));
}

type Refused = { readonly code: FailureCode; readonly message: string; readonly findings: readonly Finding[] };

function refusalIn(error: unknown): Refused {
  if (isWithdrawal(error)) {
    return {
      code: 'WITHDRAWN',
      message: 'The workflow was cancelled. The next apply goes on from here.',
      findings: [],
    };
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isFailureCode(cause.type)) {
    const [detail] = (cause.details ?? []) as { findings?: readonly Finding[] }[];
    const { title, remedy } = failureOf(cause.type);
    return { code: cause.type, message: `${title}. ${cause.message} ${remedy}`, findings: detail?.findings ?? [] };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: 'UNEXPECTED', message, findings: [] };
}

/** An attempt that had failed when the workflow was cancelled is not made again: the cancellation is what ended it. */
const isWithdrawal = (error: unknown): boolean =>
  isCancellation(error) || (error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED);
