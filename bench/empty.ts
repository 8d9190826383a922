/** What provisioning is measured against, and the part of it that no workflow can spare: the making of keys. */

import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { defaultParallel } from '../client/each-client.ts';
import { inLanes } from '../domain/lanes.ts';
import type { TestWorld } from '../test/world.ts';

/** The task queue of empty workflows. */
export const emptyQueue = 'bench-empty';

/** One workflow of that many activities, one after the other, that do nothing. Tells its id. */
export async function runEmpty({ client }: TestWorld, activities: number): Promise<string> {
  const workflowId = `empty-${randomUUID()}`;
  await client.workflow.execute('emptyActivities', { workflowId, taskQueue: emptyQueue, args: [activities] });
  return workflowId;
}

/** Milliseconds for a workflow for each of these numbers of activities, as many at once as `digdir apply` has clients. */
export async function measureEmptyFleet(world: TestWorld, activities: readonly number[]): Promise<number> {
  return await timed(async () => void (await inLanes(activities, defaultParallel, (count) => runEmpty(world, count))));
}

const generate = promisify(generateKeyPair);

/** Milliseconds for as many keys as applications get, made as side by side as their clients are. */
export async function measureKeys(count: number): Promise<number> {
  const keys = Array.from({ length: count });
  const make = async () => void (await generate('rsa', { modulusLength: 2048 }));
  return await timed(async () => void (await inLanes(keys, defaultParallel, make)));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
