/** A gate: people decide about a plan, and the run waits for as long as the policy says. */

import { ActivityFailure, ApplicationFailure, condition, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import { decisionFault, defaultGatePolicy, verdictOf } from '../domain/approval.ts';
import type { Decision, GatePolicy, RecordedDecision } from '../domain/approval.ts';
import { failureOf } from '../domain/failures.ts';
import type { FailureCode } from '../domain/failures.ts';
import type { DigestedPlan } from '../domain/plan.ts';
import { operator } from './activities.ts';
import { decideSignal, decideUpdate } from './messages.ts';
import type { DecisionAnswer } from './messages.ts';
import { readDecision } from './read-messages.ts';
import { Ended, keepDecision, now, show } from './run.ts';
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
  run.counted = [];
  // The world may have changed back to what an earlier plan was about; that plan is then open again.
  run.closed = run.closed.filter((other) => other !== digest);
  run.open = { gate, digest, policy, requestedBy, needsKid };
  const since = now();
  const until = new Date(Date.now() + policy.expiresAfter * 1000).toISOString();
  run.awaiting = {
    what: 'decision',
    gate,
    digest,
    since,
    until,
    missing: policy.approvers,
    who: policy.who,
    identity: policy.identity,
    needsKid,
    ...(plan.lastRefusal ? { refusal: plan.lastRefusal } : {}),
  };
  show(run);
  const decided = await decidedInTime(run, policy);
  const counted = run.counted;
  run.closed.push(digest);
  run.open = undefined;
  run.awaiting = undefined;
  show(run);
  if (!decided) throw new Ended('expired', `Nobody decided about ${gate} between ${since} and ${until}.`);
  const rejection = counted.find(({ verdict }) => verdict === 'reject');
  if (rejection) throw new Ended('rejected', `${rejection.decidedBy} rejected ${gate}: ${rejection.reason}`);
  return counted;
}

/** Waits for the verdict, with a reminder at each of the policy's times; false when the time is up. */
async function decidedInTime(run: Run, policy: GatePolicy): Promise<boolean> {
  const isDecided = () => verdictOf(policy, run.counted) !== 'open';
  let waited = 0;
  const reminders = policy.remindAfter.filter((after) => after < policy.expiresAfter);
  for (const moment of [...reminders, policy.expiresAfter]) {
    if (await condition(isDecided, (moment - waited) * 1000)) return true;
    waited = moment;
    if (moment < policy.expiresAfter) {
      await operator(run.request.pace, 'Remind people that a decision is awaited').remind(run.request, {
        ...run.awaiting,
      });
    }
  }
  return isDecided();
}

const shapeOfDecision =
  'Approve or reject what is awaited: { "gate", "verdict": "approve" | "reject", "by", "reason", "digest", "kid"? }.';

/** Sets the handlers for decisions. To be called before the first await, so that no message meets an empty run. */
export function handleDecisions(run: Run): void {
  setHandler(decideUpdate, (input) => decide(run, input, currentUpdateInfo()?.id ?? 'update', 'update'), {
    description: `${shapeOfDecision} The details show the digest and a message to copy.`,
    validator: (input) => {
      const decision = readDecision(input);
      if (typeof decision === 'string') throw ApplicationFailure.nonRetryable(decision, 'DECISION_MALFORMED');
    },
  });
  let signals = 0;
  setHandler(
    decideSignal,
    async (input) => {
      signals += 1;
      await decide(run, input, `signal-${signals}`, 'signal');
    },
    {
      description: `${shapeOfDecision} What became of it is shown in the details.`,
    },
  );
}

/** Seconds in which it has to be known whether a person may decide. */
const judging = 60;

async function decide(run: Run, input: unknown, id: string, via: 'update' | 'signal'): Promise<DecisionAnswer> {
  const decision = readDecision(input);
  if (typeof decision === 'string') return refuse(run, { id, via }, undefined, 'DECISION_MALFORMED', decision);
  const fault = decisionFault(decision, run.open, run.counted, run.closed);
  if (fault || !run.open) return refuse(run, { id, via }, decision, fault ?? 'DECISION_NOT_AWAITED');
  const { pace } = run.request;
  // Whoever decides waits for the answer, and unanswered updates keep others out: not for as long as other activities.
  const soon = { ...pace, patience: Math.min(pace.patience, judging) };
  const judgement = await operator(soon, `May ${decision.by.slice(0, 60)} decide here?`)
    .judgeDecision(run.request, decision, run.open)
    .catch((error: unknown) => {
      const cause = error instanceof ActivityFailure ? error.cause : error;
      const message = `It could not be judged: ${cause instanceof Error ? cause.message : String(cause)}.`;
      return { may: false, code: 'DECISION_UNVERIFIED', message } as const;
    });
  if (!judgement.may) return refuse(run, { id, via }, decision, judgement.code, judgement.message);
  // Another decision may have come in meanwhile, so the state is looked at again.
  const person = { ...decision, by: judgement.person };
  const later = decisionFault(person, run.open, run.counted, run.closed);
  if (later) return refuse(run, { id, via }, person, later);
  return count(run, { id, via }, person);
}

type Origin = { readonly id: string; readonly via: 'update' | 'signal' };

function count(run: Run, origin: Origin, decision: Decision): DecisionAnswer {
  const recorded = record(origin, decision, 'counted');
  run.counted.push(recorded);
  const missing = (run.open?.policy.approvers ?? 0) - run.counted.length;
  if (run.awaiting?.what === 'decision') run.awaiting = { ...run.awaiting, missing: Math.max(0, missing) };
  keepDecision(run, recorded);
  const more = missing > 0 ? ` ${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} awaited.` : '';
  const message = decision.verdict === 'approve' ? `Your approval counts.${more}` : 'Your rejection counts.';
  return answer(recorded, message);
}

function refuse(
  run: Run,
  origin: Origin,
  decision: Decision | undefined,
  code: FailureCode,
  detail?: string,
): DecisionAnswer {
  const recorded = record(origin, decision, 'refused', code);
  keepDecision(run, recorded);
  const { title, remedy } = failureOf(code);
  const decider = run.decisions.find(({ outcome, digest }) => outcome === 'counted' && digest === decision?.digest);
  const who = decider && code === 'DECISION_LATE' ? ` (by ${decider.decidedBy} at ${decider.at})` : '';
  return answer(recorded, `${title}${who}. ${detail ? `${detail} ` : ''}${remedy}`);
}

function record(
  { id, via }: Origin,
  decision: Decision | undefined,
  outcome: 'counted' | 'refused',
  code?: FailureCode,
): RecordedDecision {
  return {
    id,
    via,
    gate: decision?.gate ?? 'unknown',
    verdict: decision?.verdict ?? 'unknown',
    decidedBy: decision?.by ?? 'unknown',
    reason: shortened(decision?.reason ?? '', outcome),
    digest: decision?.digest ?? '',
    at: now(),
    outcome,
    ...(code ? { code } : {}),
    ...(decision?.kid ? { kid: decision.kid } : {}),
  };
}

/** The reason of a decision that counts is kept whole. */
const shortened = (reason: string, outcome: 'counted' | 'refused'): string =>
  outcome === 'counted' ? reason : reason.slice(0, 200);

function answer({ outcome, code, gate, decidedBy, at }: RecordedDecision, message: string): DecisionAnswer {
  return { outcome, ...(code ? { code } : {}), message, gate, decidedBy, at };
}
