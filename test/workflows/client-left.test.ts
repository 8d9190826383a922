/** What an attempt or a run left half done, and what the next one makes of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply, clientAt, clientName, onboardAdminClient, provision } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
});
after(() => world.close());

test('an attempt that is shown the record of long ago goes by what the step before it wrote', async (t) => {
  const client = clientName(world);
  const first = await apply(world, client);
  const { settings } = world.cloud.google;
  t.after(() => {
    world.cloud.calls.disturb();
    settings.staleLatest = 0;
  });
  let added = 0;
  world.cloud.calls.disturb({
    before({ method }) {
      if (method !== 'AddSecretVersion') return 'none';
      settings.staleLatest = 3_600_000;
      // The first makes the key. The second publishes it, and the next attempt is shown the record without it.
      return ++added === 2 ? 'refuse' : 'none';
    },
  });
  const end = await provision(world, client, { kind: 'rotate-key' });
  assert.equal(added, 3);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual(
    clientAt(world, end.clientId).keys.map(({ kid }) => kid),
    [first.published?.kid, end.published?.kid],
  );
});
