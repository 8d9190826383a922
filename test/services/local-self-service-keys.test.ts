import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import {
  derBase64,
  type Grant,
  ORGANISATION,
  requestToken,
  signGrant,
  startTestWorld,
  type TestWorld,
  type TokenReply,
} from './local-digdir.ts';
import {
  apiCaller,
  type Call,
  create,
  LOGIN_CLIENT,
  MACHINE_CLIENT,
  newKey,
  refused,
  withSettings,
} from './self-service-caller.ts';

const YEAR = 365 * 24 * 60 * 60;
let world: TestWorld;
let call: Call;
const key = newKey('first');
const small = newKey('small', 1024);

before(async () => {
  world = await startTestWorld();
  call = await apiCaller(world);
});
after(() => world.close());

describe('keys', () => {
  test('are replaced as a set, live a year when nothing else is said, and keep an exp that is sent', async () => {
    const id = await create(call, MACHINE_CLIENT);
    const soon = Math.floor(Date.now() / 1000) + 1000;
    const sent = [{ ...key.jwk, exp: soon, created: 'x', last_updated: 'x', unknown: 1 }, newKey('second').jwk];
    const { status, body } = await call('POST', `/clients/${id}/jwks`, { keys: sent });
    assert.equal(status, 201);
    const [first, second] = keysOf(body);
    assert.deepEqual(Object.keys(first ?? {}), [
      'kid',
      'kty',
      'n',
      'e',
      'use',
      'alg',
      'exp',
      'created',
      'last_updated',
    ]);
    assert.deepEqual([first?.['exp'], first?.['alg']], [soon, 'RS256']);
    const created = Math.floor(Date.parse(String(second?.['created'])) / 1000);
    assert.equal(second?.['exp'], created + YEAR);
    await call('POST', `/clients/${id}/jwks`, { keys: [second] });
    assert.deepEqual(await kids(id), ['second']);
  });

  test('one by one: added, read, replaced, removed', async () => {
    const id = await create(call, MACHINE_CLIENT);
    const path = `/clients/${id}/jwks/first`;
    refused(await call('GET', path), 404, /Key not found/);
    const put = await call('PUT', path, key.jwk);
    assert.equal(put.status, 200);
    assert.deepEqual((await call('GET', path)).body, put.body);
    await call('PUT', `/clients/${id}/jwks/second`, newKey('second').jwk, 'idporten:dcr.modify');
    assert.deepEqual(await kids(id), ['first', 'second']);
    refused(await call('PUT', path, { ...key.jwk, kid: 'other' }), 400, /kid is not the one/);
    assert.equal((await call('DELETE', path)).status, 204);
    refused(await call('DELETE', path), 404, /Key not found/);
    assert.deepEqual(await kids(id), ['second']);
    assert.equal((await call('DELETE', `/clients/${id}/jwks`)).status, 204);
    assert.deepEqual(await kids(id), []);
  });

  const now = () => Math.floor(Date.now() / 1000);
  const rows: [name: string, keys: () => unknown, status: number, message: RegExp][] = [
    ['an empty set', () => [], 400, /non-empty array/],
    ['no array', () => undefined, 400, /non-empty array/],
    ['six keys', () => [1, 2, 3, 4, 5, 6].map((number) => ({ ...key.jwk, kid: `k${number}` })), 400, /At most 5/],
    ['one kid twice', () => [key.jwk, key.jwk], 409, /Duplicate keys in request/],
    [
      'a private key',
      () => [{ ...key.privateKey.export({ format: 'jwk' }), ...key.jwk }],
      400,
      /Private key .*: d, p, q/,
    ],
    ['no use', () => [{ ...key.jwk, use: undefined }], 400, /use is required/],
    ['another use', () => [{ ...key.jwk, use: 'enc' }], 400, /use must be one of sig/],
    ['no kid', () => [{ ...key.jwk, kid: undefined }], 400, /kid is required/],
    ['a kid with a colon', () => [{ ...key.jwk, kid: 'a:b' }], 400, /kid may only have letters/],
    ['a curve', () => [{ ...key.jwk, kty: 'EC' }], 400, /kty must be one of RSA/],
    ['RS384', () => [{ ...key.jwk, alg: 'RS384' }], 400, /alg must be one of RS256, RS512/],
    ['1024 bits', () => [small.jwk], 400, /1024 bits/],
    ['no modulus', () => [{ ...key.jwk, n: '' }], 400, /not an RSA key|bits/],
    ['two years', () => [{ ...key.jwk, exp: now() + 2 * YEAR }], 400, /more than a year ahead/],
    ['an expired key', () => [{ ...key.jwk, exp: now() - 1 }], 400, /in the past/],
    ['x5c that is none', () => [{ ...key.jwk, x5c: ['x'] }], 400, /x5c does not hold certificates/],
  ];
  for (const [name, keys, status, message] of rows) {
    test(`${name}: ${status}, and the former set stays`, async () => {
      const id = await create(call, MACHINE_CLIENT);
      await call('POST', `/clients/${id}/jwks`, { keys: [{ ...key.jwk, kid: 'former' }] });
      refused(await call('POST', `/clients/${id}/jwks`, { keys: keys() }), status, message);
      assert.deepEqual(await kids(id), ['former']);
    });
  }

  test('a sixth one by one: refused', async () => {
    const id = await create(call, MACHINE_CLIENT);
    const five = [1, 2, 3, 4, 5].map((number) => ({ ...key.jwk, kid: `k${number}` }));
    assert.equal((await call('POST', `/clients/${id}/jwks`, { keys: five })).status, 201);
    refused(await call('PUT', `/clients/${id}/jwks/k6`, { ...key.jwk, kid: 'k6' }), 400, /At most 5/);
    assert.equal((await call('PUT', `/clients/${id}/jwks/k5`, { ...key.jwk, kid: 'k5' })).status, 200);
  });

  test('x5c must be of the key and of an accepted authority', async () => {
    const id = await create(call, MACHINE_CLIENT);
    const certificate = await world.authority.issue({ organisation: ORGANISATION });
    const { n, e } = certificate.privateKey.export({ format: 'jwk' });
    const x5c = [derBase64(certificate.leaf)];
    refused(await call('PUT', `/clients/${id}/jwks/first`, { ...key.jwk, x5c }), 400, /certificate of another key/);
    assert.equal((await call('PUT', `/clients/${id}/jwks/first`, { ...key.jwk, n, e, x5c })).status, 200);
  });

  test('RS384, and a kid that another client has, are settings', async () => {
    const [one, other] = [await create(call, MACHINE_CLIENT), await create(call, MACHINE_CLIENT)];
    const shared = { keys: [{ ...key.jwk, kid: 'shared' }] };
    await withSettings(world, { rs384Keys: true, kidsUniqueOverall: true }, async () => {
      assert.equal((await call('POST', `/clients/${one}/jwks`, { keys: [{ ...key.jwk, alg: 'RS384' }] })).status, 409);
      assert.equal((await call('POST', `/clients/${one}/jwks`, shared)).status, 201);
      refused(await call('POST', `/clients/${other}/jwks`, shared), 409, /The kid shared is in use/);
    });
    assert.equal((await call('POST', `/clients/${other}/jwks`, shared)).status, 201);
  });
});

describe('what the token endpoint knows of it', () => {
  test('a krr client gets a token with its key, by kid, until the key or the client is gone', async () => {
    const id = await create(call, MACHINE_CLIENT);
    assert.equal(await ask(id), 'unknown-kid');
    await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] });
    assert.equal(await ask(id), 200);
    await call('DELETE', `/clients/${id}/jwks/first`);
    assert.equal(await ask(id), 'unknown-kid');
    await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] });
    await call('DELETE', `/clients/${id}`);
    assert.equal(await ask(id), 'MP-100');
  });

  test('a krr client gets one token for both of its scopes, and each of them alone', async () => {
    const scopes = ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'];
    const id = await create(call, { ...MACHINE_CLIENT, scopes });
    await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] });
    for (const scope of [scopes.join(' '), ...scopes]) {
      const { status, body } = await token(id, { scope });
      assert.deepEqual([status, body.scope], [200, scope]);
      const claims = decodeJwt(body.access_token ?? '');
      assert.deepEqual([claims['client_id'], claims['client_amr'], claims['scope']], [id, 'private_key_jwt', scope]);
    }
    const unknown = await token(id, { header: { alg: 'RS256', kid: 'another' } });
    assert.deepEqual([unknown.status, unknown.body.error], [400, 'invalid_grant']);
    assert.match(unknown.body.error_description ?? '', /Unknown key identifier \(kid\)/);
  });

  test('a key that has expired: MP-121', async () => {
    const id = await create(call, MACHINE_CLIENT);
    const soon = Math.floor(Date.now() / 1000) + 60;
    await call('POST', `/clients/${id}/jwks`, { keys: [{ ...key.jwk, exp: soon }] });
    assert.equal(await ask(id), 200);
    await withSettings(world, { clockSkew: 120_000 }, async () => assert.equal(await ask(id, 120), 'MP-121'));
  });

  test('every change only after the propagation delay', async () => {
    const id = await create(call, MACHINE_CLIENT);
    await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] });
    await withSettings(world, { propagationDelay: 3_600_000 }, async () => assert.equal(await ask(id), 'MP-100'));
    assert.equal(await ask(id), 200);
  });

  test('a client for logins gets no token by grant', async () => {
    const id = await create(call, LOGIN_CLIENT);
    await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] });
    assert.equal(await ask(id), 'MP-100');
  });
});

test('the ledger names each route by its pattern', async () => {
  const { calls } = world;
  const before = calls.count('self-service', 'PUT /api/v1/clients/{id}/jwks/{kid}');
  const id = await create(call, MACHINE_CLIENT);
  await call('PUT', `/clients/${id}/jwks/first`, key.jwk);
  assert.equal(calls.count('self-service', 'PUT /api/v1/clients/{id}/jwks/{kid}'), before + 1);
});

/** 200, or the code by which the token endpoint refused the client's grant. `ahead` in seconds. */
async function ask(clientId: string, ahead = 0): Promise<number | string | undefined> {
  const iat = Math.floor(Date.now() / 1000) + ahead;
  const { status } = await token(clientId, { claims: { iat, exp: iat + 100 } });
  return status === 200 ? status : world.digdir.inspect().refusals.at(-1)?.code;
}

/** What the token endpoint answers to the client's grant by its key `first`, unless something else is asked for. */
async function token(clientId: string, grant: Partial<Grant>): Promise<TokenReply> {
  const assertion = await signGrant(world.digdir, {
    clientId,
    certificate: { privateKey: key.privateKey, leaf: '' },
    header: { alg: 'RS256', kid: 'first' },
    scope: MACHINE_CLIENT.scopes[0],
    ...grant,
  });
  return requestToken(world.digdir, assertion);
}

async function kids(id: string): Promise<unknown[]> {
  return keysOf((await call('GET', `/clients/${id}/jwks`)).body).map((one) => one['kid']);
}

function keysOf(body: Record<string, unknown>): Record<string, unknown>[] {
  return body['keys'] as Record<string, unknown>[];
}
