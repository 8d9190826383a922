/** Clients of applications, provisioned a hundred at a time: what one costs in calls, and what the fleet costs beside it. */

import { randomUUID } from 'node:crypto';
import { ask, endOf } from '../client/provision.ts';
import type { OperationEnd } from '../domain/provisioning.ts';
import { clientName, onboardAdminClient, requestOf, specOf } from '../test/provisioning.ts';
import type { TestWorld } from '../test/world.ts';
import { emptyQueue } from './stage.ts';

export type Pass = {
  /** Milliseconds for all clients. */
  readonly time: number;
  readonly activities: number;
  readonly digdirWrites: number;
  readonly digdirReads: number;
  readonly lists: number;
  readonly proofs: number;
  readonly secretManager: number;
  readonly kmsSignatures: number;
  readonly tokenRequests: number;
};

/** How many are under way at once: as many as keep two cores busy. */
const width = 10;

/** Provisions this many clients, and once more, when nothing is left to be done. */
export async function measureClients(
  world: TestWorld,
  count: number,
): Promise<{ readonly fresh: Pass; readonly unchanged: Pass }> {
  await onboardAdminClient({ ...world, tenant: world.tenant });
  const names = Array.from({ length: count }, (_, index) => `bench-${index + 1}`);
  return { fresh: await pass(world, names, 'applied'), unchanged: await pass(world, names, 'unchanged') };
}

async function pass(world: TestWorld, names: readonly string[], expected: OperationEnd['outcome']): Promise<Pass> {
  const { calls } = world.cloud;
  const before = calls.list().length;
  const begun = performance.now();
  const runs = await inParallel(names, async (name) => {
    const client = clientName(world, name);
    const asked = await ask(
      world.client,
      world.prefix,
      requestOf(world, client, { kind: 'apply', spec: specOf(name) }),
    );
    const end = await endOf(asked);
    if (end.outcome !== expected) throw new Error(`${name} is ${end.outcome}: ${end.message}`);
    return asked.handle;
  });
  const time = performance.now() - begun;
  const made = calls.list().slice(before);
  const count = (system: string, method: RegExp) =>
    made.filter((call) => call.system === system && method.test(call.method)).length;
  const [first] = runs;
  const { events } = first ? await first.fetchHistory() : { events: [] };
  return {
    time,
    activities: (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length,
    digdirWrites: count('self-service', /^(POST|PUT|DELETE) /),
    digdirReads: count('self-service', /^GET /),
    lists: count('self-service', /^GET \/api\/v1\/clients$/),
    proofs: count('idporten', /^POST \/par/),
    secretManager: count('secret-manager', /./),
    kmsSignatures: count('kms', /^AsymmetricSign$/),
    tokenRequests: count('maskinporten', /^POST \/token/),
  };
}

/** Milliseconds for as many workflows of as many activities that do nothing, as many at once. */
export async function measureEmptyFleet(world: TestWorld, count: number, activities: number): Promise<number> {
  const begun = performance.now();
  await inParallel(Array.from({ length: count }), async () => {
    const workflowId = `empty-${randomUUID()}`;
    await world.client.workflow.execute('emptyActivities', { workflowId, taskQueue: emptyQueue, args: [activities] });
  });
  return performance.now() - begun;
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.values();
  const lanes = Array.from({ length: width }, async () => {
    for (const item of queue) results.push(await work(item));
  });
  await Promise.all(lanes);
  return results;
}
