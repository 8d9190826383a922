/** What an attempt or a run left half done, and what the next one makes of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { ask, endOf } from '../../client/provision.ts';
import { candidateSecretName, oauthClientWorkflowId } from '../../domain/client-names.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { Call } from '../../local/calls.ts';
import { clientStatusQuery } from '../../workflows/messages.ts';
import { apply, clientAt, clientName, onboardAdminClient, provision, requestOf, specOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { ownerOf } from './support.ts';

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

test('an unproven key that somebody destroyed gives way to another one', async (t) => {
  const client = await clientWithUnprovenKey(t, 'after');
  const owner = ownerOf(world);
  await owner.secrets.destroySecretVersion({
    name: `${candidateSecretName(requestOf(world, client, { kind: 'delete' }).google, client)}/versions/1`,
  });
  await owner.close();
  const end = await apply(world, client);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual(
    clientAt(world, end.clientId).keys.map(({ kid }) => kid),
    [end.published?.kid],
  );
});

test('a run that is withdrawn while Digdir does not answer tells that it was withdrawn, and not that it tries again', async (t) => {
  t.after(() => world.cloud.calls.disturb());
  const client = clientName(world);
  let cancelled = 0;
  const run = world.client.workflow.getHandle(oauthClientWorkflowId(client));
  world.cloud.calls.disturb({
    async before({ method }) {
      if (method !== 'POST /api/v1/clients/{id}/jwks') return 'none';
      if (++cancelled === 1) {
        await run.cancel();
        // Answered when the run has taken the cancellation in.
        await run.query(clientStatusQuery);
      }
      return 'refuse';
    },
  });
  const end = await apply(world, client);
  assert.deepEqual([cancelled, end.outcome, end.code], [1, 'refused', 'WITHDRAWN'], end.message);
});

/** A client whose run was withdrawn when it had made a key: as Digdir was told of it, or just after. */
async function clientWithUnprovenKey(t: TestContext, when: 'before' | 'after' = 'before'): Promise<OAuthClientName> {
  t.after(() => world.cloud.calls.disturb());
  const client = clientName(world);
  const made = Promise.withResolvers<void>();
  world.cloud.calls.disturb({
    [when]({ method }: Call) {
      if (method !== 'POST /api/v1/clients/{id}/jwks') return 'none';
      made.resolve();
      return when === 'before' ? 'refuse' : 'lose-reply';
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
