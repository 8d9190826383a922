/** Seeded faults at the external calls for clients that expose scopes; `npm run faults` runs any number of them. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { testTemporal } from '../environment.ts';
import { describeTarget } from './fault.ts';
import type { Fault, Target } from './fault.ts';
import { openHarness } from './harness.ts';
import { maskinportenScenarios } from './maskinporten-scenarios.ts';
import type { Plant } from './plants.ts';
import { describeRun } from './report.ts';
import { always } from './witness.ts';

const jobs = 3;
// Every other seed: fewer then have all kinds of fault.
const seeds = Array.from({ length: 11 }, (_, index) => 2 * index + 2);

const harness = await openHarness(await testTemporal(), maskinportenScenarios, jobs);
after(() => harness.close());
// The tests are named with their faults, so these are chosen first.
const runs = await Promise.all(seeds.map((seed) => harness.plan(seed)));

describe('an external call for a client that exposes scopes is disturbed', { concurrency: jobs }, () => {
  for (const run of runs) {
    const { seed, scenario, fault } = run;
    test(`seed ${seed}: ${scenario.name}, ${fault.kind} at ${describeTarget(fault.target)}`, async () => {
      const outcome = await harness.run(scenario, fault);
      assert.deepEqual(outcome.broken, [], describeRun({ run, outcome }, '--process maskinporten'));
    });
  }
});

describe('a defect that is planted in exposed scopes is seen', { concurrency: jobs }, () => {
  const selfService = (method: string): Target => ({ system: 'self-service', method, occurrence: 1 });
  const createScope = selfService('POST /api/v1/scopes');
  const plants: readonly { plant: Plant; scenario: string; kind: Fault['kind']; target: Target; breaks: string }[] = [
    {
      plant: 'scopes-made-unclaimed',
      scenario: 'machine',
      kind: 'drop-reply',
      target: createScope,
      breaks: 'a scope is on record before it is made',
    },
    {
      plant: 'access-withdrawn-from-all',
      scenario: 'machine-update',
      kind: 'refuse',
      target: createScope,
      breaks: 'a consumer that stays never loses access',
    },
    {
      plant: 'published-without-proof',
      scenario: 'machine',
      kind: 'refuse',
      target: createScope,
      breaks: always.provenFirst,
    },
  ];
  for (const { plant, scenario, kind, target, breaks } of plants) {
    test(`${plant}, by ${kind} at ${describeTarget(target)}`, async () => {
      const [played] = maskinportenScenarios.filter(({ name }) => name === scenario);
      assert.ok(played);
      const { struck, broken } = await harness.run(played, { kind, target, random: () => 0 }, plant);
      assert.ok(struck);
      assert.ok(
        broken.some(({ invariant }) => invariant === breaks),
        JSON.stringify(broken),
      );
    });
  }
});
