/** What the harness asks of a scenario: a process to drive to its end, and what must be true of the world afterwards. */

import type { ClientKind } from '../../domain/tenant.ts';
import type { Call } from '../../local/calls.ts';
import type { Stage } from './stage.ts';

export type Scenario = {
  readonly name: string;
  /** What is there before `prepare`: a tenant whose admin client of this kind is onboarded, or, when absent, nothing. */
  readonly begins?: ClientKind;
  /** Whether the process is the tenant's own, so that no other run may have the same tenant meanwhile. */
  readonly alone?: true;
  /** Sets the world up, before anything is disturbed. */
  prepare(stage: Stage): Promise<Play>;
};

export type Play = {
  /** The workflow whose activities are disturbed. */
  readonly workflowId: string;
  /** Those whose activities are disturbed as well, once there are such. */
  readonly others?: readonly string[];
  /** Takes the process to its end while the fault strikes. */
  drive(): Promise<void>;
  /** Looks at the world after every call that has had its effect, for what must be true all the time. */
  readonly witness?: (call: Call) => Promise<void>;
  /** Looks at the world when nothing is disturbed any more. */
  judge(circumstances: Circumstances): Promise<readonly Broken[]>;
};

export type Circumstances = {
  /** Whether two attempts of an activity may have been under way at once. */
  readonly overlapping: boolean;
};

/** An invariant that does not hold, and what was found instead. */
export type Broken = { readonly invariant: string; readonly reason: string };

/** A named judgement over evidence; tells the reason when it is broken. */
export type Invariant<E> = { readonly name: string; readonly breach: (evidence: E) => string | undefined };

export function judgeAll<E>(invariants: readonly Invariant<E>[], evidence: E): Broken[] {
  return invariants.flatMap(({ name, breach }) => {
    const reason = breach(evidence);
    return reason === undefined ? [] : [{ invariant: name, reason }];
  });
}
