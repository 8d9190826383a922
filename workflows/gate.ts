/** A gate: people decide about a plan, and the run waits for as long as the policy says. */

import { condition, workflowInfo } from '@temporalio/workflow';
import { defaultGatePolicy, verdictOf } from '../domain/approval.ts';
import type { GatePolicy, OpenGate, RecordedDecision } from '../domain/approval.ts';
import type { DigestedPlan } from '../domain/plan.ts';
import { operator } from './activities.ts';
import type { Asked, GateState } from './gate-state.ts';
import { Ended, now } from './run.ts';
import type { Run } from './run.ts';

/**
 * Waits until the plan is approved, and tells the decisions that count. Passed at once when the plan is empty or the
 * policy does not ask. Throws `Ended` when it is rejected or nobody decides in time.
 */
export async function passGate(run: Run, { plan, digest }: DigestedPlan): Promise<readonly RecordedDecision[]> {
  const gate = plan.phase;
  if (gate === 'revocation') return [];
  const policy = run.request.approval[gate] ?? (gate === 'registration' ? defaultGatePolicy : undefined);
  if (!policy || plan.steps.length === 0) return [];
  const { client, requestedBy } = run.request;
  const needsKid = gate === 'registration' && client.assertion === 'kid' && !client.kid;
  const verdict = await askPeople(run, run.request, { gate, digest, policy, requestedBy, needsKid }, plan.lastRefusal);
  if (verdict.outcome === 'approved') return verdict.counted;
  if (verdict.outcome === 'left') throw new TypeError('Nothing calls an onboarding away from its gate');
  throw new Ended(verdict.outcome, verdict.reason);
}

type Verdict =
  | { readonly outcome: 'approved'; readonly counted: readonly RecordedDecision[] }
  | { readonly outcome: 'rejected' | 'expired'; readonly reason: string }
  /** Something else came first. Asked again about the same plan, the wait goes on with the decisions that count. */
  | { readonly outcome: 'left' };

/** What may come up while people are waited for: `work` has it done, and tells whether the wait goes on. */
export type Meanwhile = { readonly due: () => boolean; readonly work: () => Promise<'go on' | 'leave'> };

const nothing: Meanwhile = { due: () => false, work: async () => await Promise.resolve('go on') };

/** Opens the gate, and waits for the verdict about its plan. `refusal`: what came of it last time. */
export async function askPeople(
  run: GateState,
  asked: Asked,
  question: OpenGate,
  refusal?: string,
  meanwhile: Meanwhile = nothing,
): Promise<Verdict> {
  const { gate, digest, policy, requestedBy, needsKid } = question;
  const before = run.left?.digest === digest ? run.left : undefined;
  run.left = undefined;
  run.counted = [...(before?.counted ?? [])];
  // The world may have changed back to what an earlier plan was about; that plan is then open again.
  run.closed = run.closed.filter((other) => other !== digest);
  run.open = { ...question, asked };
  const since = before?.since ?? now();
  const until = new Date(Date.parse(since) + policy.expiresAfter * 1000).toISOString();
  run.awaiting = {
    what: 'decision',
    gate,
    digest,
    requestedBy,
    since,
    until,
    missing: policy.approvers - run.counted.length,
    who: policy.who,
    identity: policy.identity,
    ...(policy.issuer === undefined ? {} : { issuer: policy.issuer }),
    needsKid,
    ...(refusal ? { refusal } : {}),
  };
  run.shown();
  try {
    const ending = await waitForVerdict(run, asked, policy, before ? secondsSince(since) : 0, meanwhile);
    if (ending === 'left') {
      run.left = { digest, since, counted: run.counted };
      return { outcome: 'left' };
    }
    run.closed.push(digest);
    if (ending === 'expired') {
      return { outcome: 'expired', reason: `Nobody decided about ${gate} between ${since} and ${until}.` };
    }
    const rejection = run.counted.find(({ verdict }) => verdict === 'reject');
    if (!rejection) return { outcome: 'approved', counted: run.counted };
    return { outcome: 'rejected', reason: `${rejection.decidedBy} rejected ${gate}: ${rejection.reason}` };
  } finally {
    run.open = undefined;
    run.awaiting = undefined;
    run.shown();
  }
}

const secondsSince = (moment: string): number => (Date.now() - Date.parse(moment)) / 1000;

/** Waits with a reminder at each of the policy's times. `waited`: seconds that are over already. */
async function waitForVerdict(
  run: GateState,
  asked: Asked,
  policy: GatePolicy,
  waited: number,
  { due, work }: Meanwhile,
): Promise<'decided' | 'expired' | 'left'> {
  const isDecided = () => verdictOf(policy, run.counted) !== 'open';
  const begun = Date.now() - waited * 1000;
  const reminders = policy.remindAfter.filter((after) => after < policy.expiresAfter);
  for (const moment of [...reminders, policy.expiresAfter]) {
    while (waited < moment && (await condition(() => isDecided() || due(), (moment - waited) * 1000))) {
      if (isDecided()) return 'decided';
      if ((await work()) === 'leave') return isDecided() ? 'decided' : 'left';
      waited = (Date.now() - begun) / 1000;
    }
    if (waited < moment) {
      waited = moment;
      if (moment < policy.expiresAfter) await remind(run, asked);
    }
  }
  return isDecided() ? 'decided' : 'expired';
}

async function remind(run: GateState, asked: Asked): Promise<void> {
  const { workflowId } = workflowInfo();
  await operator(asked.pace, 'Remind people that a decision is awaited').remind(asked, { workflowId, ...run.awaiting });
}
