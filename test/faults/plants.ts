/** Defects on purpose: each takes away one safeguard of the product, and the harness has to see it. */

import type { WorkerInterceptors } from '@temporalio/worker';
import type { WorkerSettings } from '../../worker/settings.ts';

export function plantedInterceptors(plant: string, _settings: WorkerSettings): WorkerInterceptors {
  throw new Error(`There is no plant ${plant}.`);
}
