/** Defects on purpose: each takes away one safeguard of the product, and the harness has to see it. */

import type { ActivityInterceptors, WorkerInterceptors } from '@temporalio/worker';
import type { ImporterActivities } from '../../activities/index.ts';
import { keyResource } from '../../domain/custody.ts';
import type { WorkerSettings } from '../../worker/settings.ts';
import { adoptionDefects } from './adoption-plants.ts';
import { withServices } from './defect.ts';
import type { Defect, Inputs } from './defect.ts';
import { provisioningDefects } from './provisioning-plants.ts';
import { rotationDefects } from './rotation-plants.ts';
import { scopeDefects } from './scope-plants.ts';
import { watchDefects } from './watch-plants.ts';

const defects = {
  /** An attempt whose forerunner's reply was lost imports the key once more. */
  'import-without-comparing': { activity: 'importKey', instead: importBlindly },
  /** Doubles of overlapping attempts stay enabled. */
  'doubles-kept': {
    activity: 'proveCustody',
    instead: async (_inputs, usual) => ({ ...((await usual()) as object), strays: [] }),
  },
  /** A run that is rejected leaves behind what it made. */
  'left-overs-forgotten': { activity: 'leftOvers', instead: async () => [] },
  ...provisioningDefects,
  ...scopeDefects,
  ...adoptionDefects,
  ...rotationDefects,
  ...watchDefects,
} satisfies Record<string, Defect>;

export type Plant = keyof typeof defects;

export function plantedInterceptors(plant: Plant, settings: WorkerSettings): WorkerInterceptors {
  const { activity, instead }: Defect = defects[plant];
  const interceptors = (type: string): ActivityInterceptors =>
    type === activity
      ? { inbound: { execute: (input, next) => instead(input.args, () => next(input), settings) } }
      : {};
  return { activity: [({ info }) => interceptors(info.activityType)] };
}

async function importBlindly(inputs: Inputs, _usual: unknown, settings: WorkerSettings): Promise<unknown> {
  const [request, , submitted] = inputs as Parameters<ImporterActivities['importKey']>;
  const { importJob, algorithm } = submitted;
  const wrappedKey = Buffer.from(submitted.wrappedKey, 'base64');
  return await withServices(settings, 'importer', async ({ kms }) => {
    const wrapped = { importJob, algorithm, wrappedKey };
    const { name } = await kms.importVersion(keyResource(request), wrapped, { timeout: 2_000 });
    return { outcome: 'imported', version: name };
  });
}
