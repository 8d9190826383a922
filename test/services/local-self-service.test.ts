import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { exportJWK } from 'jose';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { ORGANISATION, requestToken, signGrant, startTestWorld, type TestWorld } from './local-digdir.ts';

const ALL_SCOPES = 'idporten:dcr.read idporten:dcr.write idporten:scopes.read idporten:scopes.write';
let world: TestWorld;
let certificate: IssuedCertificate;

before(async () => {
  world = await startTestWorld();
  certificate = await world.authority.issue({ organisation: ORGANISATION });
  const { digdir } = world;
  digdir.registerAdminClient({ clientId: 'admin', organisation: ORGANISATION, scopes: ALL_SCOPES.split(' ') });
  digdir.registerAdminClient({ clientId: 'asleep', organisation: ORGANISATION, scopes: [], active: false });
  digdir.registerAdminClient({ clientId: 'foreign', organisation: '999999999', scopes: [] });
  digdir.registerScope({ name: 'etat:own', owner_orgno: ORGANISATION });
  digdir.registerScope({ name: 'etat:asleep', owner_orgno: ORGANISATION, active: false });
  digdir.registerScope({ name: 'other:private', owner_orgno: '999999999', visibility: 'PRIVATE' });
});
after(() => world.close());

describe('reads', () => {
  test('the clients of the own organisation, the inactive ones on request', async () => {
    assert.deepEqual(names(await get('/clients'), 'client_id'), ['admin']);
    assert.deepEqual(names(await get('/clients?inactive=true'), 'client_id'), ['admin', 'asleep']);
  });

  test('one client, with the fields of the API and no keys', async () => {
    const { status, body } = await get('/clients/admin');
    assert.equal(status, 200);
    assert.ok(isObject(body));
    assert.equal(body['integration_type'], 'maskinporten');
    assert.deepEqual(body['scopes'], ALL_SCOPES.split(' '));
    assert.equal(body['keys'], undefined);
  });

  test('its keys: the public members alone, and a year of life', async () => {
    const { n = '', e = '', d, p, q } = await exportJWK(certificate.privateKey);
    const key = { kid: 'one', kty: 'RSA' as const, n, e, d, p, q };
    world.digdir.registerAdminClient({ clientId: 'keyed', organisation: ORGANISATION, scopes: [], keys: [key] });
    const { body } = await get('/clients/keyed/jwks');
    assert.ok(isObject(body) && Array.isArray(body['keys']));
    const registered: unknown = body['keys'][0];
    assert.ok(isObject(registered));
    const members = ['kid', 'kty', 'n', 'e', 'use', 'alg', 'exp', 'created', 'last_updated'];
    assert.deepEqual(Object.keys(registered), members);
    const created = Math.floor(Date.parse(String(registered['created'])) / 1000);
    assert.equal(registered['exp'], created + 365 * 24 * 60 * 60);
    world.digdir.removeClient('keyed');
    assert.equal((await get('/clients/keyed/jwks')).status, 404);
  });

  test('scopes: the own ones, one of them, and all public ones without a token', async () => {
    assert.deepEqual(names(await get('/scopes'), 'name'), ['etat:own']);
    assert.deepEqual(names(await get('/scopes?inactive=true'), 'name'), ['etat:own', 'etat:asleep']);
    assert.deepEqual(names(await get('/scopes/scope?scope=etat:own'), 'subscope'), ['own']);
    assert.deepEqual(names(await get('/scopes/all?prefix=etat', null), 'name'), ['etat:own']);
    const all = names(await get('/scopes/all?integration_type=maskinporten', null), 'name');
    assert.ok(all.includes('idporten:dcr.read') && !all.includes('other:private'));
  });

  test('delegation sources without a token', async () => {
    assert.deepEqual(names(await get('/delegationsources', null), 'issuer'), ['https://tt02.altinn.no/']);
  });

  test('the same below /external', async () => {
    const base = world.digdir.selfService.base.replace('/api/', '/external/api/');
    const response = await fetch(`${base}/clients/admin`, { headers: { authorization: `Bearer ${await token()}` } });
    assert.equal(response.status, 200);
  });
});

describe('refusals, each with the error body of the API', () => {
  const rows: [path: string, status: number, message: RegExp, scope?: string | null][] = [
    ['/clients/foreign', 403, /another organization/],
    ['/clients/foreign/jwks', 403, /another organization/],
    ['/clients/nobody', 404, /Client not found/],
    ['/scopes/scope?scope=other:private', 403, /another organization/],
    ['/scopes/scope?scope=etat:none', 404, /Scope not found/],
    ['/nothing', 404, /Not found/],
    ['/clients', 401, /Missing access token/, null],
    ['/clients', 403, /Insufficient scope: idporten:dcr.read/, 'idporten:scopes.read'],
    ['/clients/foreign', 403, /Insufficient scope/, 'idporten:scopes.read'],
    ['/scopes', 403, /Insufficient scope: idporten:scopes.read or idporten:scopes.write/, 'idporten:dcr.read'],
    ['/scopes/scope?scope=etat:own', 403, /Insufficient scope/, 'idporten:dcr.write'],
  ];
  for (const [path, status, message, scope] of rows) {
    test(`${path} with ${scope === null ? 'no token' : (scope ?? 'every scope')}: ${status}`, async () => {
      refused(await get(path, scope), status, message);
    });
  }

  test('a token that is not ours, or was altered: 401', async () => {
    const [header, , signature] = (await token()).split('.');
    const forged = Buffer.from(JSON.stringify({ client_orgno: '999999999', scope: ALL_SCOPES })).toString('base64url');
    refused(await getWith('/clients', `${header}.${forged}.${signature}`), 401, /Invalid or expired/);
    refused(await getWith('/clients', 'nonsense'), 401, /Invalid or expired/);
  });

  test('a token that has expired on the clock of Digdir: 401', async () => {
    const old = await token();
    world.digdir.settings.clockSkew = 121_000;
    const reply = await getWith('/clients', old);
    world.digdir.settings.clockSkew = 0;
    refused(reply, 401, /Invalid or expired/);
  });

  test('whether the right to write includes reading is a setting', async () => {
    assert.equal((await get('/clients', 'idporten:dcr.write')).status, 200);
    world.digdir.settings.writeImpliesRead = false;
    const reply = await get('/clients', 'idporten:dcr.write');
    world.digdir.settings.writeImpliesRead = true;
    refused(reply, 403, /Insufficient scope/);
  });

  test('no scopes at all can come as an error', async () => {
    const { digdir, authority } = world;
    const organisation = '987654321';
    digdir.registerAdminClient({ clientId: 'poor', organisation, scopes: ['idporten:scopes.read'] });
    const own = {
      clientId: 'poor',
      certificate: await authority.issue({ organisation }),
      scope: 'idporten:scopes.read',
    };
    const poor = (await requestToken(digdir, await signGrant(digdir, own))).body.access_token ?? '';
    assert.deepEqual((await getWith('/scopes', poor)).body, []);
    digdir.settings.emptyScopesAsError = true;
    const reply = await getWith('/scopes', poor);
    digdir.settings.emptyScopesAsError = false;
    refused(reply, 404, /does not have any/);
  });
});

test('a refused call is a 503 with Retry-After when set, and the ledger names route and client', async () => {
  const { calls, digdir } = world;
  const bearer = await token();
  digdir.settings.retryAfter = 5;
  calls.disturb({ before: () => 'refuse' });
  const response = await fetch(`${digdir.selfService.base}/clients/admin`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  calls.disturb({ before: () => 'lose-reply' });
  await assert.rejects(getWith('/clients/admin', bearer), /fetch failed/);
  calls.disturb();
  digdir.settings.retryAfter = undefined;
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5']);
  const last = calls.list().at(-1);
  assert.deepEqual([last?.system, last?.method, last?.caller], ['self-service', 'GET /api/v1/clients/{id}', 'admin']);
});

type ApiReply = { readonly status: number; readonly body: unknown };

/** With a fresh token for the scopes; for all of them when none is named, without a token for `null`. */
async function get(path: string, scope?: string | null): Promise<ApiReply> {
  return getWith(path, scope === null ? undefined : await token(scope));
}

async function getWith(path: string, bearer: string | undefined): Promise<ApiReply> {
  const response = await fetch(`${world.digdir.selfService.base}${path}`, {
    ...(bearer !== undefined && { headers: { authorization: `Bearer ${bearer}` } }),
  });
  return { status: response.status, body: await response.json() };
}

async function token(scope = ALL_SCOPES): Promise<string> {
  const assertion = await signGrant(world.digdir, { clientId: 'admin', certificate, scope });
  return (await requestToken(world.digdir, assertion)).body.access_token ?? '';
}

function names({ body }: ApiReply, member: string): unknown[] {
  const items: unknown[] = Array.isArray(body) ? body : [body];
  return items.map((item) => (isObject(item) ? item[member] : undefined));
}

function refused({ status, body }: ApiReply, expected: number, message: RegExp): void {
  assert.equal(status, expected);
  assert.ok(isObject(body));
  assert.equal(body['status'], expected);
  assert.match(String(body['error_description']), /^, /);
  assert.match(String(body['error_description']), message);
  assert.match(String(body['correlation_id']), /^[0-9a-f]{32}$/);
  assert.match(String(body['timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
