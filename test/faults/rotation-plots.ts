/** What the scenarios of a rotation depart from: an admin client that is onboarded, and a certificate for another key. */

import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { register, requestFor } from '../onboarding.ts';
import { adminScopes } from '../provisioning.ts';
import { driveOnboarding } from './drive.ts';
import { faultPace } from './pace.ts';
import { play } from './rotation-play.ts';
import type { Plot } from './rotation-play.ts';
import { documentsOf } from './rotation-witness.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Seconds that no run waits for. */
export const never = 600;

/** A scenario that departs from the usual plot in this. */
export function begun(name: string, change: Partial<Plot>): Scenario {
  return {
    name,
    begins: 'maskinporten',
    alone: true,
    prepare: async (stage) => play({ ...(await usual(stage)), ...change }),
  };
}

/** The certificate for another key, approved. */
export async function usual(stage: Stage): Promise<Plot> {
  const next = await stage.successor(2048);
  return { stage, request: requestOf(stage), next, people: {}, outcome: 'rotated' };
}

/** As the admin client was onboarded. */
function requestOf(stage: Stage): OnboardingRequest {
  const clientId = documentsOf(stage).at(-1)?.clientId;
  const client = { scopes: adminScopes.maskinporten, ...(clientId === undefined ? {} : { clientId }) };
  return requestFor(stage, stage.issued, { client, pace: faultPace });
}

/** The same for a client that has its certificate registered, which this onboards first. */
export async function usualWithKid(stage: Stage): Promise<Plot> {
  const request = requestFor(stage, stage.issued, { client: { assertion: 'kid' }, pace: faultPace });
  register(stage.cloud, request, 'first', stage.issued);
  await driveOnboarding(stage, request, 'approve', 'first');
  return { ...(await usual(stage)), request, people: { kid: 'second' } };
}
