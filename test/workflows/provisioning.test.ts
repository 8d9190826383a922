/** A client from its declaration to proven credentials; again, with nothing to do; and everything that may be asked of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, endOf } from '../../client/provision.ts';
import { apply, clientAt, clientName, onboardAdminClient, preview, requestOf, specOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
});
after(() => world.close());

test('a declaration becomes a client with a proven key, and its credentials are published', async () => {
  const client = clientName(world);
  const end = await apply(world, client);
  assert.equal(end.outcome, 'applied', end.message);
  const { client: registered, keys } = clientAt(world, end.clientId);
  assert.equal(registered.description, `dev:team:${client.name}`);
  assert.deepEqual(
    keys.map(({ kid }) => kid),
    [end.published?.kid],
  );
});

test('a plan tells the steps and their reasons, and changes nothing', async () => {
  const client = clientName(world);
  const { steps } = await preview(world, client, { kind: 'apply', spec: specOf(client.name) });
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['open-record', 'register-client', 'make-key', 'register-key', 'prove-key', 'publish', 'write-record'],
  );
  const marked = world.cloud.digdir.inspect().clients.filter((one) => one.client.description.endsWith(client.name));
  assert.deepEqual(marked, []);
});

test('the details in the Temporal UI say what became of it, and forge nothing', async () => {
  const client = clientName(world);
  const request = requestOf(world, client, { kind: 'apply', spec: specOf(client.name) });
  const asked = await ask(world.client, world.prefix, { ...request, requestedBy: '**Kari**\n# Ended' });
  const end = await endOf(asked);
  const metadata = (await asked.handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
  const details = metadata.currentDetails ?? '';
  for (const fact of [end.clientId, end.published?.version, end.published?.kid]) {
    assert.ok(details.includes(`\`${fact}\``), `${fact} in ${details}`);
  }
  assert.match(details, /apply for \\\*\\\*Kari\\\*\\\* \\# Ended: \*\*applied\*\*/);
  assert.equal(details.match(/^# /m), null);
});
