/** Seeded faults at the external calls of the watch; `npm run faults` runs any number of them. */

import type { Target } from './fault.ts';
import { disturbed, openSuiteHarness, planted } from './suites.ts';
import type { Planted } from './suites.ts';
import { heard } from './watched.ts';
import { watchScenarios } from './watch-scenarios.ts';

// Each kind of fault, and one scenario after another.
const { length } = watchScenarios;
const seeds = Array.from({ length: 7 }, (_, turn) => length * turn + (turn % length));

const harness = await openSuiteHarness(watchScenarios);
await disturbed('an external call of the watch is disturbed', harness, seeds, 'watch');

const post: Target = { system: 'webhook', method: 'POST', occurrence: 1 };
const plants: readonly Planted[] = [
  { plant: 'given-not-kept', scenario: 'watch', kind: 'refuse', target: post, breaks: heard.again },
  { plant: 'notice-id-by-chance', scenario: 'watch', kind: 'drop-reply', target: post, breaks: heard.stable },
  { plant: 'notices-passed-over', scenario: 'watch', kind: 'refuse', target: post, breaks: heard.everything },
];
planted('a defect that is planted in the watch is seen', harness, watchScenarios, plants);
