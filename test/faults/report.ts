/** How the harness tells what it saw: a paragraph for each run that failed, and a table at the end. */

import { describeTarget, faultKinds } from './fault.ts';
import type { FaultKind } from './fault.ts';
import type { SeededRun } from './harness.ts';
import type { Outcome } from './run.ts';

export type Finished = { readonly run: SeededRun; readonly outcome: Outcome };

export const passed = ({ outcome }: Finished): boolean => outcome.broken.length === 0;

/** One line for any run; for one that failed also what is broken, and the command that repeats it with these options. */
export function describeRun(finished: Finished, chosenBy: string): string {
  const { run, outcome } = finished;
  const { seed, scenario, fault } = run;
  const { struck, broken } = outcome;
  const call = struck ? `call ${struck.index}, by ${struck.caller}` : 'which was not made';
  const what = `seed ${seed}: ${scenario.name}, ${fault.kind} at ${describeTarget(fault.target)}, ${call}`;
  if (passed(finished)) return `passed  ${what}`;
  return [
    `BROKEN  ${what}`,
    ...broken.map(({ invariant, reason }) => `        ${invariant}: ${reason}`),
    `        again: npm run faults -- --seed ${seed} --runs 1 ${chosenBy}`.trimEnd(),
  ].join('\n');
}

/** Fault kinds by runs, passed, and runs in which the chosen call was not made, so that nothing was disturbed. */
export function summarise(finished: readonly Finished[]): string {
  const rows = faultKinds.map((kind) =>
    row(
      kind,
      finished.filter(({ run }) => run.fault.kind === kind),
    ),
  );
  return [['fault', 'runs', 'passed', 'not struck'], ...rows, row('all', finished)]
    .map(([name = '', ...numbers]) => name.padEnd(12) + numbers.map((number) => number.padStart(12)).join(''))
    .join('\n');
}

function row(name: FaultKind | 'all', finished: readonly Finished[]): string[] {
  const missed = finished.filter(({ outcome }) => !outcome.struck);
  return [name, ...[finished, finished.filter(passed), missed].map(({ length }) => String(length))];
}
