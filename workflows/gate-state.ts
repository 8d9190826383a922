/** What a run keeps about its gates: what is awaited, and everything that was decided. */

import type { OpenGate, RecordedDecision } from '../domain/approval.ts';
import type { Pace } from '../domain/onboarding.ts';
import type { Subject } from '../domain/names.ts';
import type { Awaiting } from './messages.ts';

/** The request whose plan is decided about, as far as a gate needs it. */
export type Asked = Subject & { readonly pace: Omit<Pace, 'submission'> };

/** A wait that gave way to something else before it was decided. */
type LeftGate = { readonly digest: string; readonly since: string; readonly counted: readonly RecordedDecision[] };

export type GateState = {
  /** Shows the run as it stands now. */
  readonly shown: () => void;
  awaiting?: Awaiting | undefined;
  open?: (OpenGate & { readonly asked: Asked }) | undefined;
  left?: LeftGate | undefined;
  /** Digests that were decided. */
  closed: string[];
  /** Decisions that count at the open gate. */
  counted: RecordedDecision[];
  /** Every decision, counted or refused; of the refused ones the latest hundred. */
  decisions: RecordedDecision[];
};

export const noGates = (shown: () => void): GateState => ({ shown, closed: [], counted: [], decisions: [] });

const refusedDecisions = 100;

export function keepDecision(run: GateState, decision: RecordedDecision): void {
  run.decisions.push(decision);
  const refused = run.decisions.filter(({ outcome }) => outcome === 'refused');
  if (refused.length > refusedDecisions) run.decisions = run.decisions.filter((other) => other !== refused[0]);
  run.shown();
}
