/** A defect on purpose: stands in for an activity, and takes away one safeguard of it. */

import type { ImporterActivities, OperatorActivities, ProvisionerActivities } from '../../activities/index.ts';
import type { Services } from '../../activities/services.ts';
import type { WorkerRole } from '../../domain/names.ts';
import { createServices } from '../../worker/services.ts';
import type { WorkerSettings } from '../../worker/settings.ts';

export type Inputs = readonly unknown[];

export type Defect = {
  readonly activity: keyof ProvisionerActivities | keyof ImporterActivities | keyof OperatorActivities;
  /** `usual` carries the activity out as it is. */
  readonly instead: (inputs: Inputs, usual: () => Promise<unknown>, settings: WorkerSettings) => Promise<unknown>;
};

/** Does the work with connections of its own: those of the activities are out of reach. */
export async function withServices<T>(
  settings: WorkerSettings,
  role: WorkerRole,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const { services, close } = await createServices(settings, role, () => {});
  try {
    return await work(services);
  } finally {
    await close();
  }
}
