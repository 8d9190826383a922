import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startDigdir } from '../../local/digdir/server.ts';
import {
  type Assertion,
  type LoginClient,
  logIn,
  openBrowser,
  registerLoginClient,
  signAssertion,
} from './idporten-client.ts';
import { authorize, push, redeem, unauthorised } from './idporten-requests.ts';
import { derBase64, ORGANISATION, startTestWorld, type TestWorld } from './local-digdir.ts';
import { apiCaller, type Call, LOGIN_CLIENT, newKey, withSettings } from './self-service-caller.ts';

let world: TestWorld;
let call: Call;
let client: LoginClient;
let x5c: string[];

before(async () => {
  world = await startTestWorld();
  call = await apiCaller(world);
  client = await registerLoginClient(call);
  x5c = [derBase64((await world.authority.issue({ organisation: ORGANISATION })).leaf)];
});
after(() => world.close());

describe('a client that does not authenticate as it must: 401 invalid_client, each time with its own words', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const rows: [name: string, change: () => Assertion, description: RegExp][] = [
    ['an unknown kid', () => ({ header: { alg: 'RS256', kid: 'other' } }), /Unknown key identifier \(kid\) for client/],
    ['x5c in place of kid', () => ({ header: { alg: 'RS256', x5c } }), /must use kid/],
    ['x5c beside kid', () => ({ header: { alg: 'RS256', kid: client.key.jwk.kid, x5c } }), /must use kid/],
    ['no kid', () => ({ header: { alg: 'RS256' } }), /must use kid/],
    ['RS512', () => ({ header: { alg: 'RS512', kid: client.key.jwk.kid } }), /Invalid JWT algorithm/],
    ['aud: the token endpoint', () => ({ claims: { aud: `${issuer()}/token` } }), /Invalid JWT claim aud/],
    ['aud: a list', () => ({ claims: { aud: [issuer()] } }), /Invalid JWT claim aud/],
    ['aud: with a slash', () => ({ claims: { aud: `${issuer()}/` } }), /Invalid JWT claim aud/],
    ['another iss', () => ({ claims: { iss: 'other' } }), /Invalid JWT claim iss/],
    ['121 seconds', () => ({ claims: { iat: now(), exp: now() + 121 } }), /more than 120 s after iat/],
    ['expired', () => ({ claims: { iat: now() - 100, exp: now() - 1 } }), /JWT is expired/],
    ['of the future', () => ({ claims: { iat: now() + 30, exp: now() + 60 } }), /Issue time is after now/],
    ['no jti', () => ({ claims: { jti: undefined } }), /jti is required/],
    ['no exp', () => ({ claims: { exp: undefined } }), /iat and exp are required/],
    ['an unknown client', () => ({ claims: { sub: 'nobody' } }), /Client not found/],
  ];
  for (const [name, change, description] of rows) {
    test(name, async () =>
      unauthorised(
        await push(world, client, { assertion: await signAssertion(world.digdir, client, change()) }),
        description,
      ),
    );
  }

  test('at the token endpoint as well, where a refusal does not use up the code', async () => {
    const callback = await logIn(openBrowser(issuer()), authorize(world, client));
    for (const [name, change, description] of rows) {
      const assertion = await signAssertion(world.digdir, client, change());
      const reply = await redeem(world, client, callback, { client_assertion: assertion });
      assert.equal(reply.status, 401, name);
      unauthorised(reply, description);
    }
    assert.equal((await redeem(world, client, callback)).status, 200);
  });

  test('none at all, and what is no JWT', async () => {
    unauthorised(await push(world, client, { assertion: '' }), /No client authentication included/);
    unauthorised(await push(world, client, { assertion: 'nonsense' }), /Invalid client assertion/);
  });

  test('a used assertion; a key that has expired; another one of the same kid', async () => {
    const assertion = await signAssertion(world.digdir, client);
    assert.equal((await push(world, client, { assertion })).status, 201);
    unauthorised(await push(world, client, { assertion }), /JWT is used before/);
    const { jwk } = client.key;
    const stranger = { ...client, key: { ...newKey(jwk.kid) } };
    unauthorised(await push(world, stranger), /Invalid JWT signature/);
    const soon = { keys: [{ ...jwk, exp: now() + 60 }] };
    const expiring = await registerLoginClient(call);
    await call('POST', `/clients/${expiring.id}/jwks`, { keys: [{ ...expiring.key.jwk, exp: soon.keys[0]?.exp }] });
    assert.equal((await push(world, expiring)).status, 201);
    await withSettings(world, { clockSkew: 61_000 }, async () => {
      const claims = { iat: now() + 61, exp: now() + 100 };
      unauthorised(
        await push(world, expiring, { assertion: await signAssertion(world.digdir, expiring, { claims }) }),
        /Expired key/,
      );
    });
  });

  test('a client of another kind, one that was deactivated, one that is too new, and a key that was removed', async () => {
    const own = await registerLoginClient(call);
    const ask = async () => push(world, own);
    await withSettings(world, { propagationDelay: 3_600_000 }, async () =>
      unauthorised(await ask(), /Client not found/),
    );
    assert.equal((await ask()).status, 201);
    await call('PUT', `/clients/${own.id}/jwks/second`, newKey('second').jwk);
    await call('DELETE', `/clients/${own.id}/jwks/${own.key.jwk.kid}`);
    unauthorised(await ask(), /Unknown key identifier/);
    await call('PUT', `/clients/${own.id}`, { ...LOGIN_CLIENT, active: false });
    unauthorised(await ask(), /Client not found/);
    const admin = { ...client, id: `admin-${ORGANISATION}` };
    unauthorised(await push(world, admin), /Client not found/);
  });
});

test('each request is a call of its client; a refused one is a 503, and a lost reply cuts the line', async () => {
  const { calls } = world;
  assert.equal((await push(world, client)).status, 201);
  const last = calls.list().at(-1);
  assert.deepEqual([last?.system, last?.method, last?.caller], ['idporten', 'POST /par', client.id]);
  await openBrowser(issuer()).visit(authorize(world, client));
  assert.equal(calls.list().at(-1)?.method, 'GET /login/{uid}');

  const assertion = await signAssertion(world.digdir, client);
  world.digdir.settings.retryAfter = 5;
  calls.disturb({ before: () => 'refuse' });
  assert.equal((await fetch(world.digdir.idporten.metadata)).headers.get('retry-after'), '5');
  world.digdir.settings.retryAfter = undefined;
  assert.equal((await push(world, client, { assertion })).status, 503);
  calls.disturb({ before: () => 'lose-reply' });
  await assert.rejects(push(world, client, { assertion }), /fetch failed/);
  calls.disturb();
  unauthorised(await push(world, client, { assertion }), /JWT is used before/);
  assert.ok(world.digdir.receivedAssertions().includes(assertion));
});

test('a client that dies in the middle of its request does no harm', async () => {
  const socket = connect(Number(new URL(issuer()).port), '127.0.0.1');
  await once(socket, 'connect');
  const head = 'POST /par HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n';
  await new Promise((written) => socket.write(`${head}content-length: 100\r\n\r\nclient_id=`, written));
  assert.equal((await push(world, client)).status, 201);
  socket.destroy();
  await once(socket, 'close');
  assert.equal((await push(world, client)).status, 201);
});

test('a restart on the same folder and port has the same keys, and knows used assertions', async () => {
  const port = Number(new URL(issuer()).port);
  const keys = await (await fetch(`${issuer()}/jwks.json`)).text();
  const assertion = await signAssertion(world.digdir, client);
  assert.equal((await push(world, client, { assertion })).status, 201);
  await world.digdir.close();
  const { folder, calls, authority } = world;
  const digdir = await startDigdir({ folder, calls, authority, idportenPort: port });
  world = {
    ...world,
    digdir,
    async close() {
      await digdir.close();
      await rm(folder, { recursive: true });
    },
  };
  assert.equal(await (await fetch(`${issuer()}/jwks.json`)).text(), keys);
  unauthorised(await push(world, client, { assertion }), /JWT is used before/);
});

function issuer(): string {
  return world.digdir.idporten.issuer;
}
