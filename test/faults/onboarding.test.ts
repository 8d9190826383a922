/** Seeded faults at the external calls of onboarding; `npm run faults` runs any number of them. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { testTemporal } from '../environment.ts';
import { describeTarget } from './fault.ts';
import type { Fault, Target } from './fault.ts';
import { openHarness } from './harness.ts';
import type { Plant } from './plants.ts';
import { describeRun } from './report.ts';
import { scenarios } from './scenarios.ts';

const jobs = 3;
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

const harness = await openHarness(await testTemporal(), scenarios, jobs);
after(() => harness.close());
// The tests are named with their faults, so these are chosen first.
const runs = await Promise.all(seeds.map((seed) => harness.plan(seed)));

describe('an external call is disturbed', { concurrency: jobs }, () => {
  for (const run of runs) {
    const { seed, scenario, fault } = run;
    test(`seed ${seed}: ${scenario.name}, ${fault.kind} at ${describeTarget(fault.target)}`, async () => {
      const outcome = await harness.run(scenario, fault);
      assert.deepEqual(outcome.broken, [], describeRun({ run, outcome }, '--process onboarding'));
    });
  }
});

describe('a planted defect is seen', { concurrency: jobs }, () => {
  const importCall: Target = { system: 'kms', method: 'ImportCryptoKeyVersion', occurrence: 1 };
  const plants: readonly { plant: Plant; scenario: string; kind: Fault['kind']; breaks: string }[] = [
    {
      plant: 'import-without-comparing',
      scenario: 'onboarding',
      kind: 'drop-reply',
      breaks: 'the key is imported once',
    },
    {
      plant: 'doubles-kept',
      scenario: 'onboarding',
      kind: 'twice',
      breaks: 'one enabled key version, that of the certificate',
    },
    {
      plant: 'left-overs-forgotten',
      scenario: 'rejected-onboarding',
      kind: 'refuse',
      breaks: 'no key version is left enabled',
    },
  ];
  for (const { plant, scenario, kind, breaks } of plants) {
    test(`${plant}, by ${kind} at ${describeTarget(importCall)}`, async () => {
      const [played] = scenarios.filter(({ name }) => name === scenario);
      assert.ok(played);
      // 0: the doubles of `twice` go on abreast.
      const { struck, broken } = await harness.run(played, { kind, target: importCall, random: () => 0 }, plant);
      assert.ok(struck);
      assert.ok(
        broken.some(({ invariant }) => invariant === breaks),
        JSON.stringify(broken),
      );
    });
  }
});
