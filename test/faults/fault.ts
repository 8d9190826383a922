/** One fault: its kind, the external call that it strikes, and how a seed chooses both. */

import { mulberry32 } from '../../local/calls.ts';
import type { Call } from '../../local/calls.ts';

export const faultKinds = [
  /** The worker's process is killed before the call has an effect, or after it; another takes over. */
  'kill-before',
  'kill-after',
  /** The call has its effect and no answer. */
  'drop-reply',
  /** The call is refused as unavailable. */
  'refuse',
  /** The activity that makes the call runs twice at once, in two processes. */
  'twice',
  /** The call has its effect after its client gave up and the next attempt began. */
  'late',
  /** The Temporal server is killed while the call is under way, and started again. */
  'server',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A call named by what it does: its place among all calls shifts with whatever runs at the same time. */
export type Target = Pick<Call, 'system' | 'method'> & {
  /** From 1, among the calls of this method. */
  readonly occurrence: number;
};

export type Fault = {
  readonly kind: FaultKind;
  readonly target: Target;
  /** Of whatever the kind leaves open: who goes first, and for how long. */
  readonly random: () => number;
};

/**
 * The fault of a seed, among the calls of a run without faults. Kinds take turns, so that any row of seeds has all of them.
 * Every other seed strikes one of the calls that change something: most calls read, and most that can go wrong is written.
 */
export function chooseFault(turn: number, seed: number, calls: readonly Call[]): Fault {
  const random = mulberry32(seed);
  const kind = pick(faultKinds, turn % faultKinds.length);
  const candidates = random() < 0.5 ? calls.filter(changesSomething) : calls;
  const targets = candidates.map((call) => targetOf(call, calls)).toSorted(byName);
  return { kind, target: pick(targets, Math.floor(random() * targets.length)), random };
}

export const changesSomething = ({ method }: Call): boolean =>
  !/^(Get|List|Test|Access|AsymmetricSign|GET )/.test(method);

function targetOf({ index, system, method }: Call, calls: readonly Call[]): Target {
  const upToIt = calls.filter((call) => call.system === system && call.method === method && call.index <= index);
  return { system, method, occurrence: upToIt.length };
}

/** Calls that are made at the same time arrive in any order; a seed shall mean the same one every time. */
const byName = (one: Target, other: Target): number =>
  one.system.localeCompare(other.system) || one.method.localeCompare(other.method) || one.occurrence - other.occurrence;

export const describeTarget = ({ system, method, occurrence }: Target): string => `${system} ${method} (${occurrence})`;

function pick<T>(all: readonly T[], index: number): T {
  const found = all[index];
  if (found === undefined) throw new RangeError(`There is no number ${index} among ${all.length}.`);
  return found;
}
