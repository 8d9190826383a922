/** Seeded faults at the external calls of provisioning, key rotation and removal; `npm run faults` runs any number of them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeTarget } from './fault.ts';
import type { Fault, Target } from './fault.ts';
import { provisioningScenarios } from './provisioning-scenarios.ts';
import { disturbed, jobs, openSuiteHarness, planted } from './suites.ts';
import type { Planted } from './suites.ts';
import { always } from './witness.ts';

// Every other seed: fewer then have all kinds of fault.
const seeds = Array.from({ length: 20 }, (_, index) => 2 * index + 2);

const harness = await openSuiteHarness(provisioningScenarios);
await disturbed('an external call of provisioning is disturbed', harness, seeds, 'provisioning');

/** Seeds come past these only now and then. */
describe('what once broke something holds now', { concurrency: jobs }, () => {
  const faults: readonly { scenario: string; kind: Fault['kind']; target: Target; goes?: number; what: string }[] = [
    {
      scenario: 'client',
      kind: 'refuse',
      target: { system: 'secret-manager', method: 'DestroySecretVersion', occurrence: 1 },
      what: 'the published key is destroyed where it was unproven, by a later attempt',
    },
    {
      scenario: 'client',
      kind: 'twice',
      target: { system: 'secret-manager', method: 'AddSecretVersion', occurrence: 1 },
      what: 'of two keys with one id, both go',
    },
    {
      scenario: 'client',
      kind: 'twice',
      target: { system: 'secret-manager', method: 'AccessSecretVersion', occurrence: 9 },
      // The double has published, and destroyed what this one is about to read.
      goes: 0.9,
      what: 'the key of a candidate that is gone is found where it was published',
    },
    {
      scenario: 'client-rotation-timed',
      kind: 'kill-after',
      target: { system: 'self-service', method: 'POST /api/v1/clients/{id}/jwks', occurrence: 2 },
      what: 'an old key ends when the record says',
    },
  ];
  for (const { scenario, kind, target, goes = 0, what } of faults) {
    test(`${what}: ${scenario}, ${kind} at ${describeTarget(target)}`, async () => {
      const [played] = provisioningScenarios.filter(({ name }) => name === scenario);
      assert.ok(played);
      // 0: the doubles of `twice` go on abreast.
      const { struck, broken } = await harness.run(played, { kind, target, random: () => goes });
      assert.ok(struck);
      assert.deepEqual(broken, []);
    });
  }
});

const createClient: Target = { system: 'self-service', method: 'POST /api/v1/clients', occurrence: 1 };
const addVersion: Target = { system: 'secret-manager', method: 'AddSecretVersion', occurrence: 1 };
const plants: readonly Planted[] = [
  {
    plant: 'asked-without-a-record',
    scenario: 'client',
    kind: 'drop-reply',
    target: createClient,
    breaks: always.oneClient,
  },
  {
    plant: 'published-without-proof',
    scenario: 'client',
    kind: 'refuse',
    target: addVersion,
    breaks: always.provenFirst,
  },
  {
    plant: 'keys-of-others-dropped',
    scenario: 'client-rotation',
    kind: 'refuse',
    target: addVersion,
    breaks: always.foreignStays,
  },
  {
    plant: 'old-key-withdrawn-early',
    scenario: 'client-rotation',
    kind: 'refuse',
    target: addVersion,
    breaks: always.accepted,
  },
  {
    plant: 'candidates-forgotten',
    scenario: 'client',
    kind: 'refuse',
    target: addVersion,
    breaks: 'no unproven key can be read',
  },
];
planted('a defect that is planted in provisioning is seen', harness, provisioningScenarios, plants);
