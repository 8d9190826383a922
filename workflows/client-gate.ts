/** The gate before a client's plan that others notice: people decide, and what came of it is kept. */

import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { failureOf } from '../domain/failures.ts';
import type { FailureCode } from '../domain/failures.ts';
import type { AwaitedApproval, OperationEnd } from '../domain/provisioning.ts';
import { operator, provisioner } from './activities.ts';
import { replaces, supersededBy } from './client-run.ts';
import type { ClientRun, Numbered } from './client-run.ts';
import { askPeople } from './gate.ts';
import { handleWish } from './handlers.ts';
import { withdrawSignal, withdrawUpdate } from './messages.ts';
import { now } from './run.ts';

type Stop = Pick<OperationEnd, 'outcome' | 'message' | 'code' | 'supersededBy'>;

/** People, time or a later request ended a request before its plan was carried out. Thrown, and caught once. */
export class Stopped extends Error {
  readonly end: Stop;
  constructor(end: Stop) {
    super(end.message);
    this.end = end;
  }
}

/**
 * Waits until the plan is approved. Throws `Stopped` when it is not. What is asked meanwhile about keys does not wait for
 * people: `carryOut` has it done.
 */
export async function passWideGate(
  run: ClientRun,
  asked: Numbered,
  { digest, policy }: AwaitedApproval,
  carryOut: (other: Numbered) => Promise<void>,
): Promise<void> {
  const { client, pace, requestedBy } = asked.request;
  const question = { gate: 'wide', digest, policy, requestedBy, needsKid: false } as const;
  const meanwhile = {
    due: () => run.withdrawn !== undefined || run.waiting.length > 0,
    work: async () => {
      if (run.withdrawn || run.waiting.some(replaces)) return 'leave';
      const [other, ...others] = run.waiting;
      run.waiting = others;
      if (other) await carryOut(other);
      return 'go on';
    },
  } as const;
  run.asked = { ...asked, plan: run.plan };
  const verdict = await askPeople(run, { ...client, pace }, question, undefined, meanwhile);
  run.asked = undefined;
  const { withdrawn } = run;
  if (withdrawn) {
    run.withdrawn = undefined;
    run.left = undefined;
    throw stopped('withdrawn', 'WITHDRAWN', `Withdrawn by ${withdrawn.by}: ${withdrawn.reason}`);
  }
  if (verdict.outcome === 'rejected') throw stopped('rejected', 'REJECTED', verdict.reason);
  if (verdict.outcome === 'expired') throw stopped('expired', 'EXPIRED', verdict.reason);
  const later = run.waiting.find(replaces);
  if (verdict.outcome === 'left' && later) throw new Stopped(supersededBy(later));
}

function stopped(outcome: Stop['outcome'], code: FailureCode, reason: string): Stopped {
  const sentence = /[.!?]$/.test(reason) ? reason : `${reason}.`;
  return new Stopped({
    outcome,
    code,
    message: `${sentence} Nothing of this plan was carried out. ${failureOf(code).remedy}`,
  });
}

/** Keeps what was decided for longer than the run's history. */
export async function keepDecisions({ request }: Numbered, end: OperationEnd): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const { sequence, operation, requestedBy, outcome, message, decisions = [] } = end;
  const about = { workflowId, runId, sequence, operation, requestedBy };
  const record = { ...about, outcome, message, decisions, endedAt: now() };
  await CancellationScope.nonCancellable(async () => {
    await provisioner(request.pace, 'Have a place for what people decide').openDecisions(request);
    await operator(request.pace, 'Keep a record of who decided what').keepClientDecisions(request, record);
  });
}

/** To be called before the first await. A withdrawal ends the request that waits for people, and no other. */
export function handleWithdrawals(run: ClientRun): void {
  const description = 'Ends the request that waits for a decision: { "by", "reason" }.';
  handleWish(withdrawUpdate, withdrawSignal, description, (withdrawal) => {
    if (!run.open) return { outcome: 'refused', message: 'Nothing waits for people: it is too late to withdraw.' };
    run.withdrawn = withdrawal;
    return { outcome: 'accepted', message: 'The request that waits ends, and nothing of it is carried out.' };
  });
}
