/** Seeded faults at the external calls for clients that expose scopes; `npm run faults` runs any number of them. */

import type { Target } from './fault.ts';
import { maskinportenScenarios } from './maskinporten-scenarios.ts';
import { disturbed, openSuiteHarness, planted } from './suites.ts';
import type { Planted } from './suites.ts';
import { always } from './witness.ts';

// Every other seed: fewer then have all kinds of fault.
const seeds = Array.from({ length: 13 }, (_, index) => 2 * index + 2);

const harness = await openSuiteHarness(maskinportenScenarios);
await disturbed('an external call for a client that exposes scopes is disturbed', harness, seeds, 'maskinporten');

const selfService = (method: string): Target => ({ system: 'self-service', method, occurrence: 1 });
const createScope = selfService('POST /api/v1/scopes');
const plants: readonly Planted[] = [
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
planted('a defect that is planted in exposed scopes is seen', harness, maskinportenScenarios, plants);
