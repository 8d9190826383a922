/** A second apply finds nothing to do; whatever was changed by hand at Digdir is planned, with its reason, and repaired. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { organisation } from '../onboarding.ts';
import { apply, clientAt, clientName, onboardAdminClient, preview, specOf } from '../provisioning.ts';
import { apiCaller, newKey } from '../services/self-service-caller.ts';
import type { Call } from '../services/self-service-caller.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
let byHand: Call;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  byHand = await apiCaller(world.cloud, organisation);
});
after(() => world.close());

let client: OAuthClientName;
let first: OperationEnd;
beforeEach(async () => {
  client = clientName(world);
  first = await apply(world, client);
  assert.equal(first.outcome, 'applied', first.message);
});

const kindsOf = ({ steps }: { readonly steps: readonly { readonly kind: string }[] }) => steps.map(({ kind }) => kind);
const planned = () => preview(world, client, { kind: 'apply', spec: specOf(client.name) });

/** What the admin client did at the self-service API while the work was done. */
async function callsOf<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly calls: string[] }> {
  const before = world.cloud.calls.list().length;
  const result = await work();
  const calls = world.cloud.calls.list().slice(before);
  return { result, calls: calls.filter(({ system }) => system === 'self-service').map(({ method }) => method) };
}

test('a second apply has an empty plan, writes nothing at Digdir and lists nothing', async () => {
  assert.deepEqual(await planned(), { steps: [], notices: [] });
  const { result, calls } = await callsOf(() => apply(world, client));
  assert.equal(result.outcome, 'unchanged');
  assert.deepEqual(calls, ['GET /api/v1/clients/{id}', 'GET /api/v1/clients/{id}/jwks']);
  assert.deepEqual(result.published, first.published);
});

test('fields that were changed by hand are told one by one, and set again', async () => {
  const { client: found } = clientAt(world, first.clientId);
  const changed = {
    ...found,
    redirect_uris: [`https://${client.name}.example.no/callback`],
    access_token_lifetime: 60,
  };
  assert.equal((await byHand('PUT', `/clients/${first.clientId}`, changed)).status, 200);
  const { steps } = await planned();
  const [step] = steps;
  assert.equal(step?.kind, 'update-client');
  assert.deepEqual(step.kind === 'update-client' && step.changes.map(({ field, from, to }) => [field, from, to]), [
    ['redirect_uris', changed.redirect_uris, found.redirect_uris],
    ['access_token_lifetime', 60, 3600],
  ]);
  assert.match(step.reason, /changed at Digdir since the last apply/);
  const end = await apply(world, client);
  assert.deepEqual(kindsOf(end), ['update-client']);
  assert.deepEqual(clientAt(world, first.clientId).client.redirect_uris, found.redirect_uris);
  assert.equal((await apply(world, client)).outcome, 'unchanged');
});

test('another declaration changes what differs, and publishes another redirect URI with the same key', async () => {
  const redirectUris = [`https://${client.name}.example.no/login`, `https://${client.name}.example.no/oauth2/callback`];
  const end = await apply(world, client, { redirectUris });
  assert.deepEqual(kindsOf(end), ['update-client', 'publish', 'write-record']);
  assert.equal(end.published?.kid, first.published?.kid);
  assert.match(end.published?.version ?? '', /versions\/2$/);
  const { steps } = await preview(world, client, { kind: 'apply', spec: specOf(client.name, { redirectUris }) });
  assert.deepEqual(steps, []);
});

test('what Digdir does not return is compared with our record', async () => {
  const end = await apply(world, client, { clientUri: 'https://min-side.example.no' });
  assert.deepEqual(kindsOf(end), ['update-client', 'write-record']);
  const again = await apply(world, client, { clientUri: 'https://min-side.example.no' });
  assert.equal(again.outcome, 'unchanged');
});

test('a published key that was removed is registered again, and the consumer goes on with it', async () => {
  assert.equal((await byHand('DELETE', `/clients/${first.clientId}/jwks`)).status, 204);
  const end = await apply(world, client);
  assert.deepEqual(kindsOf(end), ['register-key', 'prove-key']);
  assert.deepEqual(end.published?.version, first.published?.version);
  assert.equal(clientAt(world, first.clientId).keys[0]?.kid, first.published?.kid);
});

test('a client that was deactivated is active again', async () => {
  const { client: found } = clientAt(world, first.clientId);
  assert.equal((await byHand('PUT', `/clients/${first.clientId}`, { ...found, active: false })).status, 200);
  const end = await apply(world, client);
  assert.deepEqual([kindsOf(end), end.clientId], [['update-client'], first.clientId]);
  assert.equal(clientAt(world, first.clientId).client.active, true);
});

test('a client that was deleted comes back where Digdir lets it', async () => {
  assert.equal((await byHand('DELETE', `/clients/${first.clientId}`)).status, 204);
  const end = await apply(world, client);
  assert.deepEqual([end.outcome, end.clientId], ['applied', first.clientId]);
  assert.equal(clientAt(world, first.clientId).client.active, true);
});

test('a client that cannot come back is made anew, with a key of its own', async (t) => {
  world.cloud.digdir.settings.deletedMayReturn = false;
  t.after(() => {
    world.cloud.digdir.settings.deletedMayReturn = true;
  });
  assert.equal((await byHand('DELETE', `/clients/${first.clientId}`)).status, 204);
  const end = await apply(world, client);
  assert.equal(end.outcome, 'applied', end.message);
  assert.notEqual(end.clientId, first.clientId);
  assert.notEqual(end.published?.kid, first.published?.kid);
  const { client: made, keys } = clientAt(world, end.clientId);
  assert.deepEqual([made.active, keys.map(({ kid }) => kid)], [true, [end.published?.kid]]);
  assert.equal((await apply(world, client)).outcome, 'unchanged');
});

test('a client that vanished is made anew', async () => {
  world.cloud.digdir.removeClient(first.clientId ?? '');
  const end = await apply(world, client);
  assert.equal(end.outcome, 'applied', end.message);
  assert.notEqual(end.clientId, first.clientId);
  assert.equal((await apply(world, client)).outcome, 'unchanged');
});

test('a key that is not ours survives whatever is applied, and is told', async () => {
  const { jwk } = newKey('theirs');
  const { keys } = clientAt(world, first.clientId);
  assert.equal((await byHand('POST', `/clients/${first.clientId}/jwks`, { keys: [...keys, jwk] })).status, 201);
  const end = await apply(world, client, { clientName: 'Et annet navn' });
  assert.deepEqual(
    end.notices.map(({ code, where }) => [code, where]),
    [['CLIENT_KEY_FOREIGN', 'theirs']],
  );
  assert.equal(clientAt(world, first.clientId).keys.length, 2);
});
