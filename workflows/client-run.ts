/** The state of one run of provisioning: the requests that were accepted, what is at work, and what became of each. */

import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { HeldRecord } from '../activities/client-record.ts';
import type { ClientStep } from '../domain/client-step.ts';
import type { Finding } from '../domain/failures.ts';
import { declaredSpec } from '../domain/provisioning.ts';
import type { ClientStepRecord, OperationEnd, ProvisioningRequest } from '../domain/provisioning.ts';
import { describeClientRun } from './client-details.ts';
import { noGates } from './gate-state.ts';
import type { GateState } from './gate-state.ts';
import type { ClientRunStatus } from './messages.ts';
import type { Withdrawal } from './read-messages.ts';
import { keepingStep, now } from './run.ts';

export type Numbered = { readonly sequence: number; readonly request: ProvisioningRequest };

export type ClientRun = GateState & {
  /** Every request that was accepted, in the order in which the server did. */
  readonly accepted: Numbered[];
  /** Those that are yet to be carried out. */
  waiting: Numbered[];
  current?: Numbered | undefined;
  plan: readonly ClientStep[];
  steps: ClientStepRecord[];
  notices: readonly Finding[];
  held?: HeldRecord | undefined;
  /** The request that waits for people, with what it would do. */
  asked?: (Numbered & { readonly plan: readonly ClientStep[] }) | undefined;
  /** The request that waits for people is no longer wanted. */
  withdrawn?: Withdrawal | undefined;
  readonly ends: OperationEnd[];
  ended: boolean;
};

export function createClientRun(): ClientRun {
  const run: ClientRun = {
    ...noGates(() => showClient(run)),
    accepted: [],
    waiting: [],
    plan: [],
    steps: [],
    notices: [],
    ends: [],
    ended: false,
  };
  return run;
}

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
 * The request that is next. A declaration gives way to a later one or to a removal, as only the newest counts; whatever else was
 * asked is carried out in its turn.
 */
export function takeNext(run: ClientRun): Numbered | undefined {
  for (;;) {
    const [next, ...others] = run.waiting;
    run.waiting = others;
    const later = next?.request.operation.kind === 'apply' ? others.find(replacesDeclaration) : undefined;
    if (!next || !later) return next;
    run.ends.push({ ...endOf(next), ...supersededBy(later), notices: [], steps: [] });
  }
}

const replacesDeclaration = ({ request: { operation } }: Numbered): boolean =>
  operation.kind === 'apply' || operation.kind === 'delete';

/** Whether the request says what the client is to be like, so that one before it, about which people are asked, is void. */
export const replaces = ({ request }: Numbered): boolean =>
  declaredSpec(request.operation) !== undefined || request.operation.kind === 'delete';

export const supersededBy = ({ sequence, request: { requestedBy } }: Numbered) =>
  ({
    outcome: 'superseded',
    message: `Request ${sequence}, of ${requestedBy}, came later and took its place.`,
    supersededBy: sequence,
  }) as const;

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
  const { asked, awaiting } = run;
  return {
    workflowId: workflowInfo().workflowId,
    phase: run.ended ? 'ended' : 'provisioning',
    ...(run.current ? { current: requestOf(run.current), pace: paceOf(run.current) } : {}),
    waiting: run.waiting.map(requestOf),
    plan: run.plan,
    steps: run.steps,
    notices: run.notices,
    ends: run.ends,
    ...(run.decisions.length > 0 ? { decisions: run.decisions } : {}),
    ...(asked && awaiting?.what === 'decision' ? { asked: { ...requestOf(asked), plan: asked.plan, awaiting } } : {}),
  };
}

const requestOf = ({ sequence, request }: Numbered) => ({
  sequence,
  operation: request.operation.kind,
  requestedBy: request.requestedBy,
});

const paceOf = ({ request: { pace } }: Numbered) => ({ propagation: pace.propagation, patience: pace.patience });
