/** Seeded faults at the external calls of onboarding; `npm run faults` runs any number of them. */

import type { Target } from './fault.ts';
import { scenarios } from './scenarios.ts';
import { disturbed, openSuiteHarness, planted } from './suites.ts';
import type { Planted } from './suites.ts';

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

const harness = await openSuiteHarness(scenarios);
await disturbed('an external call is disturbed', harness, seeds, 'onboarding');

const importCall: Target = { system: 'kms', method: 'ImportCryptoKeyVersion', occurrence: 1 };
const plants: readonly Planted[] = [
  {
    plant: 'import-without-comparing',
    scenario: 'onboarding',
    kind: 'drop-reply',
    target: importCall,
    breaks: 'the key is imported once',
  },
  {
    plant: 'doubles-kept',
    scenario: 'onboarding',
    kind: 'twice',
    target: importCall,
    breaks: 'one enabled key version, that of the certificate',
  },
  {
    plant: 'left-overs-forgotten',
    scenario: 'rejected-onboarding',
    kind: 'refuse',
    target: importCall,
    breaks: 'no key version is left enabled',
  },
];
planted('a planted defect is seen', harness, scenarios, plants);
