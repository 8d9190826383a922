/** Decisions as they come in, by update or signal: whether they count, and what is answered. */

import { currentUpdateInfo, setHandler } from '@temporalio/workflow';
import { decisionFault } from '../domain/approval.ts';
import type { Decision, RecordedDecision } from '../domain/approval.ts';
import { failureOf } from '../domain/failures.ts';
import type { FailureCode } from '../domain/failures.ts';
import { operator } from './activities.ts';
import { keepDecision } from './gate-state.ts';
import type { GateState } from './gate-state.ts';
import { wellFormed } from './handlers.ts';
import { decideSignal, decideUpdate } from './messages.ts';
import type { DecisionAnswer } from './messages.ts';
import { readDecision } from './read-messages.ts';
import { reasonIn } from './refusals.ts';
import { now } from './run.ts';

const shapeOfDecision =
  'Approve or reject what is awaited: { "gate", "verdict": "approve" | "reject", "by", "reason", "digest", "kid"? }.';

/** Sets the handlers for decisions. To be called before the first await, so that no message meets an empty run. */
export function handleDecisions(run: GateState): void {
  setHandler(decideUpdate, (input) => decide(run, input, currentUpdateInfo()?.id ?? 'update', 'update'), {
    description: `${shapeOfDecision} The details show the digest and a message to copy.`,
    validator: wellFormed(readDecision, 'DECISION_MALFORMED'),
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

async function decide(run: GateState, input: unknown, id: string, via: 'update' | 'signal'): Promise<DecisionAnswer> {
  const decision = readDecision(input);
  if (typeof decision === 'string') return refuse(run, { id, via }, undefined, 'DECISION_MALFORMED', decision);
  const fault = decisionFault(decision, run.open, run.counted, run.closed);
  if (fault || !run.open) return refuse(run, { id, via }, decision, fault ?? 'DECISION_NOT_AWAITED');
  const { asked, ...open } = run.open;
  const { pace } = asked;
  // Whoever decides waits for the answer, and unanswered updates keep others out: not for as long as other activities.
  const soon = { ...pace, patience: Math.min(pace.patience, judging) };
  const judgement = await operator(soon, `May ${decision.by.slice(0, 60)} decide here?`)
    .judgeDecision(asked, decision, open)
    .catch((error: unknown) => {
      const message = `It could not be judged: ${reasonIn(error)}`;
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

function count(run: GateState, origin: Origin, decision: Decision): DecisionAnswer {
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
  run: GateState,
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
