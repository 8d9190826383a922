/** The scenarios by the process that they disturb. A seed means the same run as long as it is chosen from the same ones. */

import { adoptionScenarios } from './adoption-scenarios.ts';
import { maskinportenScenarios } from './maskinporten-scenarios.ts';
import { provisioningScenarios } from './provisioning-scenarios.ts';
import { rotationScenarios } from './rotation-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { watchScenarios } from './watch-scenarios.ts';

export const processes = ['onboarding', 'provisioning', 'maskinporten', 'adoption', 'rotation', 'watch'] as const;
export type Process = (typeof processes)[number];

export const scenariosOf: Readonly<Record<Process, readonly Scenario[]>> = {
  onboarding: scenarios,
  provisioning: provisioningScenarios,
  maskinporten: maskinportenScenarios,
  adoption: adoptionScenarios,
  rotation: rotationScenarios,
  watch: watchScenarios,
};
