/**
 * Provisioning of one application's client: apply, key rotation, acknowledgement and removal, one after the other. A single
 * run is at work on a client; requests that come meanwhile join it, and its result says what became of each.
 */

import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { oauthClientWorkflowId } from '../domain/client-names.ts';
import type { ClientStep } from '../domain/client-step.ts';
import { clientPreviewIdStem, publishedOf } from '../domain/provisioning.ts';
import type {
  Accepted,
  ClientPreview,
  OperationEnd,
  ProvisioningRequest,
  ProvisioningResult,
} from '../domain/provisioning.ts';
import { operator } from './activities.ts';
import { handleWithdrawals, keepDecisions, passWideGate, Stopped } from './client-gate.ts';
import { accept, carryOutStep, clientStatusOf, createClientRun, endOf, showClient, takeNext } from './client-run.ts';
import type { ClientRun, Numbered } from './client-run.ts';
import { carryOutClientStep } from './client-steps.ts';
import { handleDecisions } from './decisions.ts';
import { clientStatusQuery, provisionUpdate } from './messages.ts';
import { readProvisioning } from './read-provisioning.ts';
import { failureIn, refusalIn } from './refusals.ts';
import { requireIdStem } from './workflow-id.ts';

export async function provisioning(input: ProvisioningRequest): Promise<ProvisioningResult> {
  const run = createClientRun();
  handleRequests(run);
  handleDecisions(run);
  handleWithdrawals(run);
  accept(run, await checked(input));
  do {
    for (let next = takeNext(run); next; next = takeNext(run)) await carryOut(run, next);
    // A decision that comes late is answered; a request may come while it is judged.
  } while (!allHandlersFinished() && (await CancellationScope.nonCancellable(() => answered(run))));
  run.ended = true;
  showClient(run);
  return { ends: run.ends, ...(run.decisions.length > 0 ? { decisions: run.decisions } : {}) };
}

const answered = (run: ClientRun): Promise<boolean> =>
  condition(() => run.waiting.length > 0 || allHandlersFinished(), '1 minute');

/** What `digdir plan` shows. */
export async function previewClient(input: ProvisioningRequest): Promise<ClientPreview> {
  const request = await readable(input);
  requireIdStem(clientPreviewIdStem(request));
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

async function carryOut(run: ClientRun, next: Numbered): Promise<void> {
  run.current = next;
  run.steps = [];
  run.plan = [];
  run.notices = [];
  showClient(run);
  const asked = new Set<string>();
  const end = await endedAs(run, next, asked);
  run.ends.push(asked.size > 0 ? await withDecisions(run, next, end, asked) : end);
  run.current = undefined;
}

/** The same while the present request waits for people, who see its plan again afterwards. */
async function carryOutMeanwhile(run: ClientRun, other: Numbered): Promise<void> {
  const { current, steps, plan, notices } = run;
  await carryOut(run, other);
  Object.assign(run, { current, steps, plan, notices });
  showClient(run);
}

/** `asked`: the digests that people were asked about. */
async function withDecisions(
  run: ClientRun,
  next: Numbered,
  end: OperationEnd,
  asked: ReadonlySet<string>,
): Promise<OperationEnd> {
  const decisions = run.decisions.filter(({ digest }) => asked.has(digest));
  const full = { ...end, decisions };
  if (end.outcome === 'superseded' && decisions.length === 0) return full;
  try {
    await keepDecisions(next, full);
    return full;
  } catch (error) {
    // That it could not be kept must not hide how it ended otherwise.
    return end.outcome === 'applied' ? { ...full, outcome: 'refused', ...refusalIn(error) } : full;
  }
}

async function endedAs(run: ClientRun, next: Numbered, asked: Set<string>): Promise<OperationEnd> {
  try {
    await converge(run, next, asked);
    const changed = run.steps.length > 0;
    const message = changed ? 'Everything is as asked now.' : 'Everything was as it should be.';
    return { ...summary(run, next), outcome: changed ? 'applied' : 'unchanged', message };
  } catch (error) {
    if (error instanceof Stopped) return { ...summary(run, next), ...error.end };
    const { code, message, findings } = refusalIn(error);
    const end = { ...summary(run, next), outcome: 'refused', code, message, findings } as const;
    // Half-way through, what was written last is not known here: the next request looks again.
    run.held = undefined;
    return end;
  }
}

/** Rounds of planning and carrying out: one more, where the client turned out not to come back. */
const mostRounds = 2;

async function converge(run: ClientRun, next: Numbered, asked: Set<string>): Promise<void> {
  const { request } = next;
  for (let round = 1; round <= mostRounds; round += 1) {
    const steps = await approvedSteps(run, next, asked);
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
  throw ApplicationFailure.nonRetryable('The client was made anew, and is gone again.', 'STATE_CONFLICT');
}

/** Observes and plans; once people have approved, both again, so that what is carried out is what they saw. */
async function approvedSteps(run: ClientRun, next: Numbered, asked: Set<string>): Promise<readonly ClientStep[]> {
  const { request } = next;
  for (let approved: string | undefined; ;) {
    const look = operator(request.pace, 'Look at the client, and plan');
    const { steps, notices, held, awaits } = await look.planClient(request, run.held);
    run.plan = steps;
    run.notices = notices;
    run.held = held;
    showClient(run);
    if (!awaits || awaits.digest === approved) return steps;
    asked.add(awaits.digest);
    await passWideGate(run, next, awaits, async (other) => await carryOutMeanwhile(run, other));
    approved = awaits.digest;
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
