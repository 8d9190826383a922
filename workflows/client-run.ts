/** The state of one run of provisioning: the requests that were accepted, what is at work, and what became of each. */

import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { HeldRecord } from '../activities/client-record.ts';
import type { ClientStep } from '../domain/client-step.ts';
import type { Finding } from '../domain/failures.ts';
import type { ClientStepRecord, OperationEnd, ProvisioningRequest } from '../domain/provisioning.ts';
import { describeClientRun } from './client-details.ts';
import type { ClientRunStatus } from './messages.ts';
import { keepingStep, now } from './run.ts';

export type Numbered = { readonly sequence: number; readonly request: ProvisioningRequest };

export type ClientRun = {
  /** Every request that was accepted, in the order in which the server did. */
  readonly accepted: Numbered[];
  /** Those that are yet to be carried out. */
  waiting: Numbered[];
  current?: Numbered | undefined;
  plan: readonly ClientStep[];
  steps: ClientStepRecord[];
  notices: readonly Finding[];
  held?: HeldRecord | undefined;
  readonly ends: OperationEnd[];
  ended: boolean;
};

export const createClientRun = (): ClientRun => ({
  accepted: [],
  waiting: [],
  plan: [],
  steps: [],
  notices: [],
  ends: [],
  ended: false,
});

/** Takes a request in, or finds that it was taken in before; tells its number, from 1. */
export function accept(run: ClientRun, request: ProvisioningRequest): number {
  const before = run.accepted.find((other) => other.request.id === request.id);
  if (before) return before.sequence;
  const numbered = { sequence: run.accepted.length + 1, request };
  run.accepted.push(numbered);
  run.waiting.push(numbered);
  showClient(run);
  return numbered.sequence;
}

/**
 * The request that is next. A declaration gives way to a later declaration or to a removal, as only the newest counts;
 * whatever else was asked is carried out in its turn.
 */
export function takeNext(run: ClientRun): Numbered | undefined {
  for (;;) {
    const [next, ...others] = run.waiting;
    run.waiting = others;
    const later = next?.request.operation.kind === 'apply' ? others.find(replaces) : undefined;
    if (!next || !later) return next;
    run.ends.push({
      ...endOf(next),
      outcome: 'superseded',
      message: `Request ${later.sequence}, of ${later.request.requestedBy}, came later and took its place.`,
      supersededBy: later.sequence,
      notices: [],
      steps: [],
    });
  }
}

const replaces = ({ request: { operation } }: Numbered): boolean =>
  operation.kind === 'apply' || operation.kind === 'delete';

/** What every end says of its request. */
export const endOf = ({ sequence, request }: Numbered) => ({
  sequence,
  requestId: request.id,
  operation: request.operation.kind,
  requestedBy: request.requestedBy,
});

/** Carries out one step of a plan, and keeps when it began and how it ended. */
export async function carryOutStep<T>(
  run: ClientRun,
  { kind, change }: ClientStep,
  work: () => Promise<T>,
): Promise<T> {
  return await keepingStep(run.steps, { kind, change, startedAt: now() }, () => showClient(run), work);
}

/** Shows the state to whoever looks at the run in the Temporal UI. */
export const showClient = (run: ClientRun): void => setCurrentDetails(describeClientRun(clientStatusOf(run)));

export function clientStatusOf(run: ClientRun): ClientRunStatus {
  return {
    workflowId: workflowInfo().workflowId,
    phase: run.ended ? 'ended' : 'provisioning',
    ...(run.current ? { current: requestOf(run.current) } : {}),
    waiting: run.waiting.map(requestOf),
    plan: run.plan.map(({ kind, change, reason }) => ({ kind, change, reason })),
    steps: run.steps,
    notices: run.notices,
    ends: run.ends,
  };
}

const requestOf = ({ sequence, request }: Numbered) => ({
  sequence,
  operation: request.operation.kind,
  requestedBy: request.requestedBy,
});
