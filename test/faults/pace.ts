import type { Pace } from '../../domain/onboarding.ts';
import type { ProvisioningPace } from '../../domain/provisioning.ts';

/**
 * Times of the disturbed runs: an attempt that gets no answer ends soon, and the death of a process shows after a second.
 * Shorter, and a busy machine would look like a fault.
 */
export const faultPace: Pace = {
  attempt: 3_000,
  heartbeat: 1_000,
  retry: 30,
  // A rotation goes back by itself when its new document brings no token for so long: another process is up before that.
  propagation: 30,
  patience: 100,
  submission: 120,
};

const { submission: _submission, ...withoutPeople } = faultPace;
export const provisioningPace: ProvisioningPace = withoutPeople;
