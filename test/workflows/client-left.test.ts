/** What an attempt or a run left half done, and what the next one makes of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { ask, endOf } from '../../client/provision.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import { apply, clientAt, clientName, onboardAdminClient, provision, requestOf, specOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
});
after(() => world.close());

const marked = (name: string) =>
  world.cloud.digdir.inspect().clients.filter(({ client }) => client.description === `dev:team:${name}`);

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

test('an unproven key of a client that is gone is destroyed when the next one is published', async (t) => {
  const client = await clientWithUnprovenKey(t);
  for (const { client: found } of marked(client.name)) world.cloud.digdir.removeClient(found.client_id);
  const end = await apply(world, client);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual(
    candidatesOf(client.name).map(({ state }) => state),
    ['DESTROYED', 'DESTROYED'],
  );
});

/** A client whose run was withdrawn when it had made a key, and Digdir had not heard of it. */
async function clientWithUnprovenKey(t: TestContext): Promise<OAuthClientName> {
  t.after(() => world.cloud.calls.disturb());
  const client = clientName(world);
  const made = Promise.withResolvers<void>();
  world.cloud.calls.disturb({
    before({ method }) {
      if (method !== 'POST /api/v1/clients/{id}/jwks') return 'none';
      made.resolve();
      return 'refuse';
    },
  });
  const request = requestOf(world, client, { kind: 'apply', spec: specOf(client.name) });
  const asked = await ask(world.client, world.prefix, request);
  await made.promise;
  await asked.handle.cancel();
  await endOf(asked);
  world.cloud.calls.disturb();
  return client;
}

const candidatesOf = (name: string) =>
  world.cloud.google.inspect().secrets.find((secret) => secret.name.endsWith(`${name}_idporten_key`))?.versions ?? [];
