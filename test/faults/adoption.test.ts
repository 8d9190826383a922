/** Seeded faults at the external calls of taking over what digdirator made; `npm run faults` runs any number of them. */

import { adoptionScenarios } from './adoption-scenarios.ts';
import type { Target } from './fault.ts';
import { keysTried } from './left-behind.ts';
import { disturbed, openSuiteHarness, planted } from './suites.ts';
import type { Planted } from './suites.ts';
import { surveyed } from './survey-play.ts';
import { takenAlways } from './taken-over.ts';

// One of each kind of fault. Each scenario costs a run that nothing disturbs: not all of them are among these.
const seeds = [0, 6, 14, 15, 21, 28, 31];

const harness = await openSuiteHarness(adoptionScenarios);
await disturbed('an external call of an adoption is disturbed', harness, seeds, 'adoption');

const writeRecord: Target = { system: 'secret-manager', method: 'UpdateSecret', occurrence: 1 };
const plants: readonly Planted[] = [
  {
    plant: 'own-take-over-unknown',
    scenario: 'adopt-login',
    kind: 'drop-reply',
    target: writeRecord,
    breaks: 'every request is carried out',
  },
  {
    plant: 'keys-of-digdirator-unrecorded',
    scenario: 'adopt-login',
    kind: 'refuse',
    target: writeRecord,
    breaks: keysTried.afterwards,
  },
  {
    plant: 'keys-of-digdirator-dropped',
    scenario: 'adopt-login',
    kind: 'refuse',
    target: writeRecord,
    breaks: takenAlways.keysWork,
  },
  {
    plant: 'admin-clients-surveyed',
    scenario: 'survey',
    kind: 'refuse',
    target: { system: 'self-service', method: 'GET /api/v1/clients', occurrence: 1 },
    breaks: surveyed.withoutAdmin,
  },
];
planted('a defect that is planted in an adoption is seen', harness, adoptionScenarios, plants);
