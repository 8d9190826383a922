import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { type DigdiratorWorld, type LeftClient, openDigdiratorWorld } from '../digdirator-world.ts';
import { push, unauthorised } from './idporten-requests.ts';
import { requestToken, signGrant, startTestWorld, type TestWorld, type TokenReply } from './local-digdir.ts';
import { each, newKey, scopeCaller } from './self-service-caller.ts';

const ORGANISATION = '310628107';
const CONSUMER = '889640782';
const APPLICATION = { cluster: 'dev-gcp', namespace: 'team', name: 'journal' };

let world: TestWorld;
let left: DigdiratorWorld;

before(async () => {
  world = await startTestWorld();
  left = await openDigdiratorWorld(world, ORGANISATION, 'etat');
  world.digdir.registerOrganisation(CONSUMER, 'Arbeids- og velferdsetaten');
});
after(() => world.close());

test('the old key of a client for logins works, and no other of its id', async () => {
  const client = await left.idportenClient(APPLICATION);
  const { body } = await left.call('GET', `/clients/${client.id}`);
  assert.deepEqual([body['description'], body['integration_type']], ['dev-gcp:team:journal', 'idporten']);
  assert.equal(body['client_uri'], undefined);
  assert.equal((await push(world, client)).status, 201);
  const other = { ...client, key: newKey(client.key.jwk.kid) };
  unauthorised(await push(world, other), /Invalid JWT signature/);
});

test('the old key of a client for machines gets a token of a scope that another application exposes', async () => {
  const exposing = { ...APPLICATION, name: 'register' };
  const consumers = [ORGANISATION, CONSUMER];
  const scope = await left.scope(exposing, { product: 'helse', name: 'journal.read', consumers });
  assert.equal(scope, 'etat:helse/journal.read');
  const owner = scopeCaller(left.call);
  assert.deepEqual(each(await owner('GET', '/scopes'), 'description'), ['helse - dev-gcp:team:register']);
  assert.deepEqual(each(await owner('GET', `/scopes/access?scope=${scope}`), 'consumer_orgno'), consumers);

  const client = await left.maskinportenClient(APPLICATION, [scope]);
  const { body } = await left.call('GET', `/clients/${client.id}`);
  assert.deepEqual([body['description'], body['scopes']], [client.marker, [scope]]);
  const reply = await grant(client, scope);
  assert.deepEqual([reply.status, reply.body.expires_in], [200, 30]);
  assert.equal(decodeJwt(reply.body.access_token ?? '')['client_id'], client.id);
  const other = await grant({ ...client, key: newKey(client.key.jwk.kid) }, scope);
  assert.match(other.body.error_description ?? '', /Invalid JWT signature/);
});

async function grant({ id, key }: LeftClient, scope: string): Promise<TokenReply> {
  const assertion = await signGrant(world.digdir, {
    clientId: id,
    certificate: { privateKey: key.privateKey, leaf: '' },
    header: { alg: 'RS256', kid: key.jwk.kid },
    scope,
  });
  return requestToken(world.digdir, assertion);
}
