/** What a run's successive statuses mean, as lines for a person; each thing is told once. */

import { describeFinding, failureOf, isFailureCode } from '../domain/failures.ts';
import type { OnboardingResult, StepRecord } from '../domain/onboarding.ts';
import type { RecordedDecision } from '../domain/approval.ts';
import { oneLine } from '../domain/plain-text.ts';
import type { PhaseName } from '../domain/plan.ts';
import type { Awaiting, RunStatus } from '../workflows/messages.ts';
import { describeAwaiting, shortTime } from './awaiting.ts';
import type { Typed } from './awaiting.ts';
import { lasting, tryingLines } from './trying.ts';
import type { Trying } from './trying.ts';

/** Hears one line; without a phase it is about the whole run. */
export type Tell = (line: string, phase?: PhaseName) => void;

export type Narrator = {
  readonly status: (status: RunStatus) => void;
  /** Tells what keeps being refused, once for each reason: a hiccup passes without a word. */
  readonly trying: (trying: readonly Trying[], phase?: PhaseName) => void;
  /** Tells what happened between the last status and the end. */
  readonly result: (result: OnboardingResult) => void;
};

/** `handsIn`: the command hands in the key itself, and tells of it, so that nobody need be told that it is awaited. */
export function createNarrator(tell: Tell, handsIn = false, typed: Typed = {}): Narrator {
  const told = new Set<string>();
  const once = (key: string, line: string, phase?: PhaseName) => {
    if (told.has(key)) return;
    told.add(key);
    tell(line, phase);
  };
  /** Steps that were running at the last look: the next time they are told of, as they take their time. */
  let running: readonly string[] = [];

  const happened = ({ steps, decisions, notices }: Pick<RunStatus, 'steps' | 'decisions' | 'notices'>) => {
    for (const notice of notices) once(`notice ${JSON.stringify(notice)}`, describeFinding(notice));
    for (const step of steps) {
      if (step.state !== 'running') once(`${stepKey(step)} ${step.endedAt ?? ''}`, stepLine(step), step.phase);
      else if (running.includes(stepKey(step))) once(stepKey(step), `${step.change} …`, step.phase);
    }
    running = steps.filter((step) => step.state === 'running').map(stepKey);
    for (const decision of decisions) once(`decision ${decision.id}`, decisionLine(decision));
  };

  return {
    status(status) {
      happened(status);
      if (!status.awaiting || (handsIn && status.awaiting.what === 'wrapped-key')) return;
      const phase = status.phase === 'ended' ? undefined : status.phase;
      const lines = describeAwaiting(status, status.awaiting, typed);
      for (const line of lines) once(`${awaitingKey(status.awaiting)} ${line}`, line, phase);
    },
    trying(trying, phase) {
      for (const [key, line] of keyedTrying(trying)) once(key, line, phase);
    },
    result(result) {
      happened(result);
      for (const line of result.tidied) once(`tidied ${line}`, `tidied up: ${line}`);
      once('end', oneLine(`${result.outcome}: ${result.reason}`));
    },
  };
}

/** The lines about what keeps being refused, each with the key under which it is told once. */
export const keyedTrying = (trying: readonly Trying[]): [string, string][] =>
  lasting(trying).flatMap((one): [string, string][] => {
    const [period, refusal] = tryingLines(one);
    return [
      [`trying ${one.activity} ${period}`, period],
      [`trying ${one.activity} ${one.since} ${one.code}`, refusal],
    ];
  });

const stepKey = (step: StepRecord): string => `step ${step.phase} ${step.kind} ${step.resource} ${step.startedAt}`;

const awaitingKey = (awaiting: Awaiting): string => `awaiting ${awaiting.what} ${awaiting.since}`;

/** One line about a step that has begun: what, how it stands, how long it took. */
export function stepLine(step: Pick<StepRecord, 'change' | 'state' | 'startedAt' | 'endedAt'>): string {
  const seconds = step.endedAt ? (Date.parse(step.endedAt) - Date.parse(step.startedAt)) / 1000 : undefined;
  return `${step.change} … ${step.state}${seconds === undefined ? '' : ` (${seconds.toFixed(1)} s)`}`;
}

/** One line about a decision: who, what, why, when, and why it did not count. */
export function decisionLine(decision: RecordedDecision): string {
  const { decidedBy, verdict, gate, reason, kid, outcome, at, code } = decision;
  const what = `${decidedBy}: ${verdict} at ${gate} ("${reason}")${kid === undefined ? '' : `, kid ${kid}`}`;
  if (outcome === 'counted') return oneLine(`${what}, counted at ${shortTime(at)}`);
  // What is on record may be of a later version, with codes of its own.
  const title = code !== undefined && isFailureCode(code) ? `${failureOf(code).title} ` : '';
  return oneLine(`${what}, refused at ${shortTime(at)}: ${title}[${code ?? 'no reason given'}]`);
}
