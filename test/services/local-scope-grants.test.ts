/** What a client gets of a scope of another organisation: from the self-service API its registration, from Maskinporten a token. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { requestToken, signGrant, startTestWorld, type TestWorld, type TokenReply } from './local-digdir.ts';
import {
  apiCaller,
  type Call,
  create,
  MACHINE_CLIENT,
  newKey,
  refused,
  scopeCaller,
  withSettings,
} from './self-service-caller.ts';

const OWNER = '310628107';
const CONSUMER = '889640782';
const SUPPLIER = '999999999';
const ALTINN = 'https://tt02.altinn.no/';
const HOUR = 3_600_000;

let world: TestWorld;
let owner: Call;
let consumer: Call;
let supplier: Call;
const key = newKey('first');
/** How far the clock of registrations is behind, in milliseconds; at first by a day, so that all of it is long known. */
let behind = 24 * HOUR;

before(async () => {
  world = await startTestWorld(() => new Date(Date.now() - behind));
  owner = scopeCaller(await apiCaller(world, OWNER));
  consumer = await apiCaller(world, CONSUMER);
  supplier = await apiCaller(world, SUPPLIER);
  world.digdir.registerPrefix(OWNER, 'etat');
  behind = 0;
});
after(() => world.close());

describe('a client with a scope of another organisation', () => {
  test('is made when its organisation has access, and gets a token with the body of Maskinporten’s', async () => {
    const scope = await expose('helse/lest', { at_max_age: 30 });
    refused(await consumer('POST', '/clients', machine([scope])), 400, /etat:helse\/lest is not open to organization/);
    await give(scope, CONSUMER);
    const id = await register(consumer, [scope]);
    const reply = await grant(id, scope, { resource: ['https://api.example.no'] });
    assert.deepEqual([reply.status, reply.body.expires_in, reply.body.scope], [200, 30, scope]);
    const { exp = 0, iat = 0, jti, ...claims } = decodeJwt(reply.body.access_token ?? '');
    assert.equal(exp - iat, 30);
    assert.ok(jti);
    assert.deepEqual(claims, {
      iss: world.digdir.maskinporten.issuer,
      aud: ['https://api.example.no'],
      scope,
      client_amr: 'private_key_jwt',
      token_type: 'Bearer',
      client_id: id,
      client_orgno: CONSUMER,
      consumer: { authority: 'iso6523-actorid-upis', ID: `0192:${CONSUMER}` },
    });
  });

  test('gets the shortest life of all that client and scopes say, and none of a scope that has no say', async () => {
    const scopes = [
      await expose('long', { at_max_age: 500 }),
      await expose('short', { at_max_age: 60 }),
      await expose('any'),
    ];
    for (const scope of scopes) await give(scope, CONSUMER);
    const id = await register(consumer, scopes, { access_token_lifetime: 300 });
    const life = async (...chosen: (string | undefined)[]) => (await grant(id, chosen.join(' '))).body.expires_in;
    const [long, short, any] = scopes;
    assert.deepEqual([await life(long), await life(long, short), await life(any)], [300, 60, 300]);
  });

  test('gets a token of a scope for all without an access', async () => {
    const scope = await expose('open', { accessible_for_all: true });
    assert.equal((await grant(await register(consumer, [scope]), scope)).status, 200);
  });

  test('whose access is withdrawn keeps the scope in its record, is refused a token, and a PUT with it', async () => {
    const scope = await expose('withdrawn');
    await give(scope, CONSUMER);
    const id = await register(consumer, [scope]);
    await owner('DELETE', `/scopes/access/${CONSUMER}?scope=${scope}`);
    assert.deepEqual((await consumer('GET', `/clients/${id}`)).body['scopes'], [scope]);
    const reply = await grant(id, scope);
    assert.deepEqual([reply.status, reply.body.error], [403, 'forbidden']);
    assert.match(
      reply.body.error_description ?? '',
      new RegExp(`^MP-250: .* access to the scope ${scope} \\(trace_id`),
    );
    const named = { ...machine([scope]), client_name: 'Nytt' };
    refused(
      await consumer('PUT', `/clients/${id}`, named),
      400,
      /etat:withdrawn is not open to organization 889640782/,
    );
    assert.equal((await consumer('GET', `/clients/${id}`)).body['client_name'], MACHINE_CLIENT.client_name);
    await withSettings(world, { heldScopesAreKept: true }, async () =>
      assert.equal((await consumer('PUT', `/clients/${id}`, named)).status, 200),
    );
    await give(scope, CONSUMER);
    assert.equal((await grant(id, scope)).status, 200);
  });

  test('whose scope is deactivated: MP-200, and none for a PUT, until it is reactivated', async () => {
    const scope = await expose('asleep');
    await give(scope, CONSUMER);
    const id = await register(consumer, [scope]);
    await owner('DELETE', `/scopes?scope=${scope}`);
    await refusedGrant(id, scope, 'MP-200', 'invalid_scope');
    refused(await consumer('PUT', `/clients/${id}`, machine([scope])), 400, /etat:asleep is not a known scope/);
    await owner('PUT', `/scopes?scope=${scope}`, { description: 'Våken' });
    assert.equal((await grant(id, scope)).status, 200);
    assert.equal((await consumer('PUT', `/clients/${id}`, machine([scope]))).status, 200);
  });

  test('whose scope is for other kinds of clients from now on: MP-201, and none for a PUT', async () => {
    const scope = await expose('kinds');
    await give(scope, CONSUMER);
    const id = await register(consumer, [scope]);
    await owner('PUT', `/scopes?scope=${scope}`, { description: 'x', allowed_integration_types: ['api_klient'] });
    await refusedGrant(id, scope, 'MP-201', 'invalid_scope');
    refused(await consumer('PUT', `/clients/${id}`, machine([scope])), 400, /etat:kinds is not for maskinporten/);
  });

  test('gets no token of a scope that is not on it: MP-200', async () => {
    const [on, off] = [await expose('on'), await expose('off')];
    for (const scope of [on, off]) await give(scope, CONSUMER);
    const id = await register(consumer, [on]);
    await refusedGrant(id, off, 'MP-200', 'invalid_scope');
    await refusedGrant(id, `${on} etat:none`, 'MP-200', 'invalid_scope');
  });

  test('an admin client keeps what Digdir alone can assign', async () => {
    const id = `admin-${CONSUMER}`;
    const { body } = await consumer('GET', `/clients/${id}`);
    assert.equal((await consumer('PUT', `/clients/${id}`, { ...body, description: 'Egen' })).status, 200);
    refused(await consumer('POST', '/clients', machine(['idporten:scopes.write'])), 400, /only be assigned by Digdir/);
  });
});

describe('a supplier, for whom a consumer has delegated', () => {
  test('registers the scope without an access of its own, and acts for the consumer alone', async () => {
    const scope = await expose('delegable', { delegation_source: ALTINN, at_max_age: 30 });
    const id = await register(supplier, [scope]);
    await refusedGrant(id, scope, 'MP-250', 'forbidden');
    const forConsumer = { consumer_org: CONSUMER };
    await refusedGrant(id, scope, 'MP-250', 'forbidden', forConsumer);
    await give(scope, CONSUMER);
    const denied = await refusedGrant(id, scope, 'MP-251', 'forbidden', forConsumer);
    const text = `Consumer ${CONSUMER} has not delegated access to the scope ${scope} to supplier ${SUPPLIER}`;
    assert.ok(denied.body.error_description?.startsWith(`MP-251: ${text} (trace_id`), denied.body.error_description);
    world.digdir.delegate(scope, { consumer: CONSUMER, supplier: SUPPLIER });
    const reply = await grant(id, scope, forConsumer);
    assert.deepEqual([reply.status, reply.body.expires_in], [200, 30]);
    const claims = decodeJwt(reply.body.access_token ?? '');
    const named = (number: string) => ({ authority: 'iso6523-actorid-upis', ID: `0192:${number}` });
    assert.deepEqual(
      [claims['consumer'], claims['supplier'], claims['delegation_source'], claims['client_orgno'], claims.aud],
      [named(CONSUMER), named(SUPPLIER), ALTINN, SUPPLIER, 'unspecified'],
    );
    await refusedGrant(id, scope, 'own-consumer-org', 'invalid_request', { consumer_org: SUPPLIER });
  });

  test('cannot by a scope without a delegation source: MP-251, though both have access', async () => {
    const scope = await expose('direct');
    for (const orgno of [CONSUMER, SUPPLIER]) await give(scope, orgno);
    const id = await register(supplier, [scope]);
    world.digdir.delegate(scope, { consumer: CONSUMER, supplier: SUPPLIER });
    await refusedGrant(id, scope, 'MP-251', 'forbidden', { consumer_org: CONSUMER });
  });
});

test('scopes, accesses and their withdrawal reach the token endpoint after the propagation delay', async () => {
  const [old, lost] = [await anHourAgo(() => expose('old')), await anHourAgo(() => expose('lost'))];
  const id = await anHourAgo(async () => {
    for (const scope of [old, lost]) await give(scope, CONSUMER);
    return register(consumer, [old, lost]);
  });
  const stale = { propagationDelay: HOUR / 2 };
  await owner('DELETE', `/scopes/access/${CONSUMER}?scope=${old}`);
  await owner('DELETE', `/scopes?scope=${lost}`);
  await withSettings(world, stale, async () => {
    for (const scope of [old, lost]) assert.equal((await grant(id, scope)).status, 200, scope);
  });
  await refusedGrant(id, old, 'MP-250', 'forbidden');
  await refusedGrant(id, lost, 'MP-200', 'invalid_scope');

  const [late, fresh] = [await anHourAgo(() => expose('late', { accessible_for_all: true })), await expose('fresh')];
  const other = await anHourAgo(() => register(consumer, [late]));
  await owner('PUT', `/scopes?scope=${late}`, { description: 'Lukket' });
  await withSettings(world, stale, async () => assert.equal((await grant(other, late)).status, 200));
  await refusedGrant(other, late, 'MP-250', 'forbidden');
  await give(late, CONSUMER);
  await give(fresh, CONSUMER);
  assert.equal((await consumer('PUT', `/clients/${other}`, machine([late, fresh]))).status, 200);
  await withSettings(world, stale, async () => {
    await refusedGrant(other, fresh, 'MP-200', 'invalid_scope');
  });
  for (const scope of [late, fresh]) assert.equal((await grant(other, scope)).status, 200, scope);
});

test('many changes within the delay hide no older state', async () => {
  const scope = await anHourAgo(() => expose('busy'));
  const id = await anHourAgo(async () => {
    await give(scope, CONSUMER);
    return register(consumer, [scope]);
  });
  for (let count = 0; count < 25; count += 1) {
    await owner(count % 2 === 0 ? 'PUT' : 'DELETE', `/scopes/access/${SUPPLIER}?scope=${scope}`);
  }
  await withSettings(world, { propagationDelay: HOUR / 2 }, async () =>
    assert.equal((await grant(id, scope)).status, 200),
  );
});

/** The name of a new scope. */
async function expose(subscope: string, change: object = {}): Promise<string> {
  const types = { allowed_integration_types: ['maskinporten'] };
  const body = { prefix: 'etat', subscope, description: subscope, ...types, ...change };
  const reply = await owner('POST', '/scopes', body);
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return String(reply.body['name']);
}

async function give(scope: string, orgno: string): Promise<void> {
  const { status, body } = await owner('PUT', `/scopes/access/${orgno}?scope=${scope}`);
  assert.equal(status, 200, JSON.stringify(body));
}

function machine(scopes: readonly string[]): object {
  return { ...MACHINE_CLIENT, integration_type: 'maskinporten', scopes };
}

/** The id of a new client with the key. */
async function register(call: Call, scopes: readonly string[], change: object = {}): Promise<string> {
  const id = await create(call, { ...machine(scopes), ...change });
  assert.equal((await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] })).status, 201);
  return id;
}

async function grant(clientId: string, scope: string, claims: Record<string, unknown> = {}): Promise<TokenReply> {
  const assertion = await signGrant(world.digdir, {
    clientId,
    certificate: { privateKey: key.privateKey, leaf: '' },
    header: { alg: 'RS256', kid: 'first' },
    scope,
    claims,
  });
  return requestToken(world.digdir, assertion);
}

async function refusedGrant(
  clientId: string,
  scope: string,
  code: string,
  error: string,
  claims: Record<string, unknown> = {},
): Promise<TokenReply> {
  const reply = await grant(clientId, scope, claims);
  assert.deepEqual([reply.status, reply.body.error], [error === 'forbidden' ? 403 : 400, error]);
  assert.equal(world.digdir.inspect().refusals.at(-1)?.code, code);
  return reply;
}

/** What is registered by it has been known for an hour; the tokens that it needs are good all the same. */
async function anHourAgo<Value>(run: () => Promise<Value>): Promise<Value> {
  behind = HOUR;
  world.digdir.settings.clockSkew = HOUR;
  try {
    return await run();
  } finally {
    behind = 0;
    world.digdir.settings.clockSkew = 0;
  }
}
