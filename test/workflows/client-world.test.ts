/** Provisioning in a world that is late, forgetful or not as it should be. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clientLabels, credentialsSecretName } from '../../domain/client-names.ts';
import { emptyRecord, writeRecord } from '../../domain/client-record.ts';
import { organisation } from '../onboarding.ts';
import { apply, clientAt, clientName, onboardAdminClient, provision, requestOf, specOf } from '../provisioning.ts';
import { apiCaller } from '../services/self-service-caller.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { ownerOf } from './support.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
});
after(() => world.close());

const lists = () => world.cloud.calls.count('self-service', 'GET /api/v1/clients');
const posts = () => world.cloud.calls.count('self-service', 'POST /api/v1/clients');

test('without its admin client nothing is made, and it is said what to do first', async () => {
  const end = await apply(world, clientName(world));
  assert.deepEqual([end.outcome, end.code, end.steps], ['refused', 'ADMIN_CLIENT_MISSING', []]);
  assert.match(end.message, /digdir onboard/);
  await onboardAdminClient(world);
});

test('a client is made once while metadata are an hour behind', async (t) => {
  const { settings } = world.cloud.google;
  t.after(() => Object.assign(settings, { staleLatest: 0 }));
  settings.staleLatest = 3_600_000;
  const client = clientName(world);
  const end = await apply(world, client);
  assert.equal(end.outcome, 'applied', end.message);
  const { client: found, keys } = clientAt(world, end.clientId);
  assert.deepEqual([found.active, keys.length], [true, 1]);
});

for (const [method, listed] of [
  ['POST /api/v1/clients', 1],
  ['POST /api/v1/clients/{id}/jwks', 0],
  ['CreateSecret', 0],
  ['AddSecretVersion', 0],
  ['DestroySecretVersion', 0],
] as const) {
  test(`a lost reply to ${method} costs a retry${listed ? ', and one list' : ''}; never a second client`, async (t) => {
    t.after(() => world.cloud.calls.disturb());
    let lost = 0;
    world.cloud.calls.disturb({ after: (call) => (call.method === method && lost++ === 0 ? 'lose-reply' : 'none') });
    const before = { lists: lists(), posts: posts() };
    const end = await apply(world, clientName(world));
    assert.equal(end.outcome, 'applied', end.message);
    assert.ok(lost > 0);
    assert.deepEqual({ lists: lists(), posts: posts() }, { lists: before.lists + listed, posts: before.posts + 1 });
    assert.equal(clientAt(world, end.clientId).keys.length, 1);
  });
}

test('an outage of Digdir is waited out', async (t) => {
  t.after(() => world.cloud.calls.disturb());
  let left = 6;
  world.cloud.calls.disturb({
    before: ({ system }) => (['self-service', 'idporten'].includes(system) && left-- > 0 ? 'refuse' : 'none'),
  });
  assert.equal((await apply(world, clientName(world))).outcome, 'applied');
  assert.ok(left <= 0);
});

test('a token that Digdir no longer takes is replaced', async (t) => {
  const { settings } = world.cloud.digdir;
  t.after(() => {
    settings.clockSkew = 0;
    world.cloud.calls.disturb();
  });
  const client = clientName(world);
  await apply(world, client);
  // On Digdir’s clock the token has expired; it is right again by the time that a new one was asked for.
  settings.clockSkew = 3_600_000;
  let asked = 0;
  world.cloud.calls.disturb({
    after({ method }) {
      if (method === 'POST /token') settings.clockSkew = asked++ === 0 ? 0 : settings.clockSkew;
      return 'none';
    },
  });
  assert.equal((await apply(world, client)).outcome, 'unchanged');
  assert.ok(asked >= 1);
});

test('two clients with the mark are told, and neither is taken', async () => {
  const byHand = await apiCaller(world.cloud, organisation);
  const client = clientName(world);
  const body = {
    client_name: 'x',
    description: `dev:team:${client.name}`,
    application_type: 'web',
    integration_type: 'idporten',
    scopes: ['openid', 'profile'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'private_key_jwt',
    redirect_uris: [`https://${client.name}.example.no/oauth2/callback`],
  };
  for (const _ of [1, 2]) assert.equal((await byHand('POST', '/clients', body)).status, 201);
  const owner = ownerOf(world);
  const { google } = requestOf(world, client, { kind: 'delete' });
  const { state, annotations } = writeRecord({ ...emptyRecord, askedAt: '2026-01-01T00:00:00.000Z' });
  const [, secretId = ''] = credentialsSecretName(google, client).split('/secrets/');
  await owner.secrets.createSecret({
    parent: `projects/${google.project}`,
    secretId,
    secret: { replication: { automatic: {} }, labels: { ...clientLabels(client), state }, annotations },
  });
  await owner.secrets.createSecret({
    parent: `projects/${google.project}`,
    secretId: `${secretId}_key`,
    secret: { replication: { automatic: {} } },
  });
  await owner.close();
  const end = await apply(world, client);
  assert.deepEqual([end.outcome, end.code], ['refused', 'CLIENT_DUPLICATE']);
});

test('a record that was changed by hand is explained, and left alone', async () => {
  const client = clientName(world);
  const { published } = await apply(world, client);
  const owner = ownerOf(world);
  const [name = ''] = published?.version.split('/versions/') ?? [];
  const labels = { ...clientLabels(client), state: 'fine' };
  await owner.secrets.updateSecret({ secret: { name, labels }, updateMask: { paths: ['labels'] } });
  await owner.close();
  const end = await apply(world, client);
  assert.deepEqual([end.outcome, end.code, end.steps], ['refused', 'CLIENT_RECORD_BROKEN', []]);
  assert.match(end.message, /label `state` is fine/);
});

test('what Digdir refuses of a declaration is told with field and correlation id', async () => {
  const client = clientName(world);
  const end = await apply(world, client, { integrationType: 'api_klient', scopes: ['openid', 'no:such/scope'] });
  assert.deepEqual([end.outcome, end.code], ['refused', 'CLIENT_REFUSED']);
  assert.match(end.message, /scope.*correlation id: [0-9a-f]{32}/);
  const before = lists();
  const again = await apply(world, client);
  assert.equal(again.outcome, 'applied', again.message);
  assert.equal(lists(), before);
});

test('an integration type cannot change', async () => {
  const client = clientName(world);
  await apply(world, client);
  const end = await apply(world, client, { integrationType: 'api_klient' });
  assert.deepEqual([end.outcome, end.code, end.steps], ['refused', 'INTEGRATION_TYPE_IMMUTABLE', []]);
});

test('a krr client is proven by a grant, and told where Maskinporten is', async () => {
  const krr = {
    integrationType: 'krr',
    redirectUris: [],
    postLogoutRedirectUris: [],
    scopes: ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'],
  } as const;
  const client = clientName(world);
  const { frontchannelLogoutUri: _none, ...spec } = specOf(client.name, krr);
  const grants = world.cloud.calls.count('maskinporten', 'POST /token');
  const end = await provision(world, client, { kind: 'apply', spec });
  assert.equal(end.outcome, 'applied', end.message);
  assert.ok(world.cloud.calls.count('maskinporten', 'POST /token') > grants);
  assert.deepEqual(clientAt(world, end.clientId).client.grant_types, ['urn:ietf:params:oauth:grant-type:jwt-bearer']);
  assert.equal((await provision(world, client, { kind: 'apply', spec })).outcome, 'unchanged');
  assert.equal((await provision(world, client, { kind: 'rotate-key' })).outcome, 'applied');
});

test('a client to be preserved stays at Digdir, and is taken up again', async () => {
  const client = clientName(world);
  const first = await apply(world, client, { preserve: true });
  const left = await provision(world, client, { kind: 'delete' });
  assert.deepEqual([left.outcome, left.steps.map(({ kind }) => kind)], ['applied', ['write-record']]);
  assert.equal(clientAt(world, first.clientId).client.active, true);
  assert.equal((await provision(world, client, { kind: 'delete' })).outcome, 'unchanged');
  const again = await apply(world, client, { preserve: true });
  assert.deepEqual([again.outcome, again.clientId, again.published], ['applied', first.clientId, first.published]);
});

test('a removed client has no key, no login and no credentials; declared again, it has new ones', async () => {
  const client = clientName(world);
  const first = await apply(world, client);
  const removed = await provision(world, client, { kind: 'delete' });
  assert.deepEqual(
    removed.steps.map(({ kind }) => kind),
    ['deactivate-client', 'remove-keys', 'delete-client', 'close-record'],
  );
  const { client: found, keys } = clientAt(world, first.clientId);
  assert.deepEqual([found.active, keys], [false, []]);
  const secrets = world.cloud.google.inspect().secrets.filter(({ name }) => name.includes(client.name));
  assert.ok(secrets.every(({ versions }) => versions.every(({ state }) => state !== 'ENABLED')));
  assert.equal((await provision(world, client, { kind: 'delete' })).outcome, 'unchanged');
  const again = await apply(world, client);
  assert.equal(again.outcome, 'applied', again.message);
  assert.equal(again.clientId, first.clientId);
  assert.notEqual(again.published?.kid, first.published?.kid);
  assert.match(again.published?.version ?? '', /versions\/2$/);
});

test('a private key that somebody destroyed is replaced by the next apply', async () => {
  const client = clientName(world);
  const first = await apply(world, client);
  const owner = ownerOf(world);
  await owner.secrets.destroySecretVersion({ name: first.published?.version ?? '' });
  await owner.close();
  const end = await apply(world, client);
  assert.equal(end.outcome, 'applied', end.message);
  assert.notEqual(end.published?.kid, first.published?.kid);
});
