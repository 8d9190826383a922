/** Seeded faults at the external calls of a rotation; `npm run faults` runs any number of them. */

import type { Target } from './fault.ts';
import { outOfUse } from './revocation-witness.ts';
import { rotationScenarios } from './rotation-scenarios.ts';
import { atAllTimes } from './rotation-witness.ts';
import { disturbed, openSuiteHarness, planted } from './suites.ts';
import type { Planted } from './suites.ts';

// Each scenario once, and each in another turn, so that all kinds of fault come.
const seeds = rotationScenarios.map((_, turn) => rotationScenarios.length * turn + turn);

const harness = await openSuiteHarness(rotationScenarios);
await disturbed('an external call of a rotation is disturbed', harness, seeds, 'rotation');

const addVersion: Target = { system: 'secret-manager', method: 'AddSecretVersion', occurrence: 1 };
const plants: readonly Planted[] = [
  {
    plant: 'activated-before-proof',
    scenario: 'rotation',
    kind: 'refuse',
    target: addVersion,
    breaks: atAllTimes.provenFirst,
  },
  {
    plant: 'old-key-disabled-at-activation',
    scenario: 'rotation',
    kind: 'refuse',
    target: addVersion,
    breaks: atAllTimes.drained,
  },
  {
    plant: 'old-key-disabled-before-activation',
    scenario: 'rotation',
    kind: 'refuse',
    target: addVersion,
    breaks: atAllTimes.works,
  },
  {
    plant: 'retired-without-proof',
    scenario: 'rotation',
    kind: 'refuse',
    target: addVersion,
    breaks: atAllTimes.provenAgain,
  },
  {
    plant: 'new-key-kept',
    scenario: 'roll-back',
    kind: 'refuse',
    target: addVersion,
    breaks: 'only the active key version is enabled',
  },
  {
    plant: 'old-key-disabled-at-activation',
    scenario: 'rotation-rejected-at-retirement',
    kind: 'refuse',
    target: addVersion,
    breaks: 'every other key version is out of use as it should be',
  },
  {
    plant: 'disabled-before-rights',
    scenario: 'rotation-compromised',
    kind: 'refuse',
    target: addVersion,
    breaks: outOfUse.rightsFirst,
  },
  {
    plant: 'compromised-key-enabled',
    scenario: 'rotation-compromised',
    kind: 'refuse',
    target: addVersion,
    breaks: outOfUse.forGood,
  },
];
planted('a defect that is planted in a rotation is seen', harness, rotationScenarios, plants);
