/** Two people apply at the same moment, from machines of their own: one client, one writer, and the truth for both. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { testTemporal } from '../environment.ts';
import { clientAt, onboardAdminClient } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { application, createCaller } from './client-call.ts';
import type { Caller } from './client-call.ts';
import { createPlace } from './command.ts';
import type { Place } from './command.ts';

let world: TestWorld;
let caller: Caller;
let places: Place[];
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  caller = await createCaller(world);
  places = [await createPlace(), await createPlace()];
});
after(async () => {
  await Promise.all(places.map((place) => place.remove()));
  await world.close();
});

type Applied = { readonly runId: string; readonly result: OperationEnd };

/** `digdir apply` as a process of its own. */
async function applied(place: Place, file: string): Promise<Applied> {
  const { address, namespace } = await testTemporal();
  const variables = {
    ...world.cloud.variables,
    DIGDIR_TASK_QUEUE_PREFIX: world.prefix,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
  const words = ['apply', '-f', file, '-t', join(caller.folder, 'tenant.yaml'), '--by', 'per', '--json'];
  const { code, stdout, stderr } = await place.run(words, variables).ended;
  assert.equal(code, 0, stderr);
  const { clients } = JSON.parse(stdout) as { clients: Applied[] };
  assert.equal(clients.length, 1);
  return clients[0] ?? assert.fail();
}

test('the newest declaration is what is there, and each is told what became of theirs', async () => {
  const lifetimes = [600, 1200];
  const files = await Promise.all(
    lifetimes.map((accessTokenLifetime) =>
      caller.write(`${accessTokenLifetime}.yaml`, application('together', { accessTokenLifetime })),
    ),
  );
  const ends = await Promise.all(places.map((place, index) => applied(place, files[index] ?? '')));
  for (const { result } of ends) assert.match(result.outcome, /^(applied|superseded)$/, result.message);

  const marked = world.cloud.digdir
    .inspect()
    .clients.filter(({ client }) => client.description === 'dev:team:together');
  assert.equal(marked.length, 1);
  const workflowId = `oauth-client:${world.tenant}:local:dev:team:together:idporten`;
  const ordered = await Promise.all(
    ends.map(async ({ runId, result }, index) => {
      const { startTime } = await world.client.workflow.getHandle(workflowId, runId).describe();
      return { at: startTime.getTime(), result, lifetime: lifetimes[index] };
    }),
  );
  const newest = ordered.toSorted((a, b) => a.at - b.at || a.result.sequence - b.result.sequence).at(-1);
  assert.equal(newest?.result.outcome, 'applied');
  assert.equal(clientAt(world, newest.result.clientId).client.access_token_lifetime, newest.lifetime);
});
