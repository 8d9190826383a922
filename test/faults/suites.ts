/** The suites of a process under faults: seeded ones, and defects that are planted to see that they are seen. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { testTemporal } from '../environment.ts';
import { describeTarget } from './fault.ts';
import type { Fault, Target } from './fault.ts';
import { openHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import type { Plant } from './plants.ts';
import { describeRun } from './report.ts';
import type { Scenario } from './scenario.ts';

export const jobs = 3;

export type Planted = {
  readonly plant: Plant;
  readonly scenario: string;
  readonly kind: Fault['kind'];
  readonly target: Target;
  /** The invariant that has to be seen broken. */
  readonly breaks: string;
};

/** A harness that is closed when the tests of the file have ended. */
export async function openSuiteHarness(scenarios: readonly Scenario[]): Promise<Harness> {
  const harness = await openHarness(await testTemporal(), scenarios, jobs);
  after(() => harness.close());
  return harness;
}

/** `process`: what `npm run faults` calls it. */
export async function disturbed(
  title: string,
  harness: Harness,
  seeds: readonly number[],
  process: string,
): Promise<void> {
  // The tests are named with their faults, so these are chosen first.
  const runs = await Promise.all(seeds.map((seed) => harness.plan(seed)));
  describe(title, { concurrency: jobs }, () => {
    for (const run of runs) {
      const { seed, scenario, fault } = run;
      test(`seed ${seed}: ${scenario.name}, ${fault.kind} at ${describeTarget(fault.target)}`, async () => {
        const outcome = await harness.run(scenario, fault);
        assert.deepEqual(outcome.broken, [], describeRun({ run, outcome }, `--process ${process}`));
      });
    }
  });
}

export function planted(title: string, harness: Harness, scenarios: readonly Scenario[], plants: readonly Planted[]) {
  describe(title, { concurrency: jobs }, () => {
    for (const { plant, scenario, kind, target, breaks } of plants) {
      test(`${plant}, by ${kind} at ${describeTarget(target)}`, async () => {
        const [played] = scenarios.filter(({ name }) => name === scenario);
        assert.ok(played);
        // 0: the doubles of `twice` go on abreast.
        const { struck, broken } = await harness.run(played, { kind, target, random: () => 0 }, plant);
        assert.ok(struck);
        assert.ok(
          broken.some(({ invariant }) => invariant === breaks),
          JSON.stringify(broken),
        );
      });
    }
  });
}
