import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ORGANISATION, startTestWorld, type TestWorld } from './local-digdir.ts';
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

let world: TestWorld;
let call: Call;
const key = newKey('first');

before(async () => {
  world = await startTestWorld();
  call = await apiCaller(world);
  world.digdir.registerScope({ name: 'etat:for-all', accessible_for_all: true });
  world.digdir.registerScope({ name: 'etat:closed' });
  world.digdir.registerScope({ name: 'etat:api', accessible_for_all: true, allowed_integration_types: ['api_klient'] });
});
after(() => world.close());

describe('a client', () => {
  test('is made with the defaults filled in, and read as it was answered', async () => {
    const { status, body } = await call('POST', '/clients', { ...LOGIN_CLIENT, post_logout_redirect_uris: null });
    assert.equal(status, 201);
    const { client_id: id, created, last_updated: updated, ...rest } = body;
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    assert.equal(created, updated);
    assert.deepEqual(rest, {
      ...LOGIN_CLIENT,
      client_orgno: ORGANISATION,
      active: true,
      access_token_lifetime: 120,
      refresh_token_lifetime: 600,
      authorization_lifetime: 7200,
      refresh_token_usage: 'ONETIME',
      post_logout_redirect_uris: [],
      frontchannel_logout_session_required: false,
      sso_disabled: false,
      code_challenge_method: 'S256',
    });
    assert.deepEqual((await call('GET', `/clients/${String(id)}`)).body, body);
  });

  test('is replaced as a whole: what is left out has its default again', async () => {
    const id = await create(call, {
      ...LOGIN_CLIENT,
      access_token_lifetime: 3600,
      logo_uri: 'https://example.no/logo',
    });
    const { body: former } = await call('GET', `/clients/${id}`);
    const { status, body } = await call('PUT', `/clients/${id}`, { ...LOGIN_CLIENT, client_name: 'Nytt' });
    assert.equal(status, 200);
    assert.deepEqual([body['client_name'], body['access_token_lifetime'], body['logo_uri']], ['Nytt', 120, undefined]);
    assert.equal(body['created'], former['created']);
  });

  test('what was read can be sent back; unknown fields are dropped, and refused when that is set', async () => {
    const id = await create(call, LOGIN_CLIENT);
    const { body } = await call('GET', `/clients/${id}`);
    const more = { ...body, client_uri: 'https://example.no', jwks_uri: 'https://example.no', onbehalfof: [] };
    const put = await call('PUT', `/clients/${id}`, more);
    assert.deepEqual([put.status, put.body['client_uri'], put.body['jwks_uri']], [200, undefined, undefined]);
    await withSettings(world, { refuseUnknownFields: true }, async () => {
      assert.equal((await call('PUT', `/clients/${id}`, { ...body, jwks_uri: 'https://example.no' })).status, 200);
      refused(await call('PUT', `/clients/${id}`, more), 400, /client_uri is unknown/);
    });
  });

  test('is deleted softly: hidden, inactive, never brought back by POST, but by PUT', async () => {
    const id = await create(call, LOGIN_CLIENT);
    assert.equal((await call('DELETE', `/clients/${id}`)).status, 204);
    const { body } = await call('GET', `/clients/${id}`);
    assert.equal(body['active'], false);
    assert.deepEqual(await listed(id), { active: false, all: true });
    refused(await call('POST', '/clients', { ...LOGIN_CLIENT, client_id: id }), 409, /Conflict/);
    refused(await call('DELETE', `/clients/${id}`), 409, /deleted/);
    refused(await call('PUT', `/clients/${id}`, { ...LOGIN_CLIENT, active: false }), 409, /deleted/);
    await withSettings(world, { deletedMayReturn: false }, async () =>
      refused(await call('PUT', `/clients/${id}`, LOGIN_CLIENT), 409, /deleted/),
    );
    assert.equal((await call('PUT', `/clients/${id}`, LOGIN_CLIENT)).status, 200);
    assert.deepEqual(await listed(id), { active: true, all: true });
  });

  test('deactivated: no new keys, the old ones may go, PUT makes it active again', async () => {
    const id = await create(call, LOGIN_CLIENT);
    await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] });
    assert.equal((await call('PUT', `/clients/${id}`, { ...LOGIN_CLIENT, active: false })).status, 200);
    refused(await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] }), 409, /not active/);
    refused(await call('PUT', `/clients/${id}/jwks/first`, key.jwk), 409, /not active/);
    assert.equal((await call('DELETE', `/clients/${id}/jwks`)).status, 204);
    assert.equal((await call('PUT', `/clients/${id}`, LOGIN_CLIENT)).body['active'], true);
  });

  test('a supplier makes clients for others; nobody else does', async () => {
    const other = { ...MACHINE_CLIENT, client_orgno: '999999999' };
    refused(await call('POST', '/clients', other), 403, /another organization/);
    const { status, body } = await call('POST', '/clients', other, 'idporten:dcr.supplier');
    assert.deepEqual([status, body['client_orgno'], body['supplier_orgno']], [201, '999999999', ORGANISATION]);
  });

  test('of another organisation: 403; none: 404; without the scope: 403', async () => {
    const stranger = await apiCaller(world, '988888888');
    const id = await create(stranger, LOGIN_CLIENT);
    for (const [verb, path, body] of [
      ['PUT', `/clients/${id}`, LOGIN_CLIENT],
      ['DELETE', `/clients/${id}`, undefined],
      ['POST', `/clients/${id}/jwks`, { keys: [key.jwk] }],
      ['DELETE', `/clients/${id}/jwks/first`, undefined],
    ] as const) {
      refused(await call(verb, path, body), 403, /another organization/);
      refused(await call(verb, path.replace(id, 'nobody'), body), 404, /Client not found/);
      refused(await stranger(verb, path, body, 'idporten:dcr.read'), 403, /Insufficient scope/);
    }
  });
});

describe('bodies that are refused', () => {
  const rows: [name: string, change: object, message: RegExp][] = [
    ['no name', { client_name: undefined }, /client_name is required/],
    ['a name of 256 letters', { client_name: 'x'.repeat(256) }, /client_name is longer than 255/],
    ['a lifetime of 0', { access_token_lifetime: 0 }, /access_token_lifetime must be a whole number greater than 0/],
    ['half a second', { refresh_token_lifetime: 0.5 }, /refresh_token_lifetime/],
    ['a lifetime in words', { authorization_lifetime: '7200' }, /authorization_lifetime/],
    ['an unknown type', { integration_type: 'altinn' }, /integration_type must be one of/],
    ['a type that is not registered here', { integration_type: 'eformidling' }, /eformidling is not available/],
    ['none for a web client', { token_endpoint_auth_method: 'none' }, /none is not allowed for idporten/],
    ['a key for a browser', { application_type: 'browser' }, /private_key_jwt is not allowed/],
    [
      'the JWT grant for logins',
      { grant_types: MACHINE_CLIENT.grant_types },
      /grant_types .* is not allowed for idporten/,
    ],
    ['the implicit grant', { grant_types: ['implicit'] }, /implicit is not allowed/],
    ['no grants', { grant_types: [] }, /grant_types must not be empty/],
    [
      'a foreign scope for ID-porten',
      { scopes: ['openid', 'etat:for-all'] },
      /etat:for-all is not allowed for idporten/,
    ],
    ['no openid', { scopes: ['profile'] }, /scopes must contain openid/],
    ['no redirect URI', { redirect_uris: [] }, /redirect_uris must not be empty/],
    ['a fragment', { redirect_uris: ['https://a.no/#x'] }, /must not have a fragment/],
    ['an app scheme on the web', { redirect_uris: ['no.etat.app:/x'] }, /must be http or https/],
    ['a path alone', { redirect_uris: ['/callback'] }, /not an absolute URI/],
    ['localhost over https', { redirect_uris: ['https://localhost/x'] }, /must be http on localhost/],
    ['a wildcard host', { redirect_uris: ['https://*.a.no/x'] }, /must name a host/],
    ['a bad address after logout', { post_logout_redirect_uris: ['https://'] }, /post_logout_redirect_uris/],
    ['logout on another host', { frontchannel_logout_uri: 'https://other.example.no/x' }, /scheme, host and port/],
    [
      'logout on another port',
      { frontchannel_logout_uri: 'https://skjema.example.no:8443/x' },
      /scheme, host and port/,
    ],
    ['PKCE plain', { code_challenge_method: 'plain' }, /code_challenge_method/],
    ['a flag in words', { sso_disabled: 'no' }, /sso_disabled must be true or false/],
    ['krr for logins', { ...MACHINE_CLIENT, grant_types: ['authorization_code'] }, /not allowed for krr/],
    ['krr with another scope', { ...MACHINE_CLIENT, scopes: ['etat:for-all'] }, /not allowed for krr/],
    ['an unknown scope', machine(['etat:none']), /etat:none is not a known scope/],
    ['a closed scope', machine(['etat:closed']), /not open to organization/],
    ['a scope for others', machine(['etat:api']), /is not for maskinporten/],
    ['an admin scope', machine(['idporten:dcr.write']), /can only be assigned by Digdir/],
    ['no scope', machine([]), /scopes must not be empty/],
  ];
  for (const [name, change, message] of rows) {
    test(name, async () => refused(await call('POST', '/clients', { ...LOGIN_CLIENT, ...change }), 400, message));
  }

  test('all findings come together, each with its field', async () => {
    const { body } = await call('POST', '/clients', { ...LOGIN_CLIENT, client_name: 1, active: 'yes' });
    assert.equal(body['error'], ', client_name must be a string, active must be true or false');
    assert.deepEqual(body['errors'], [
      {
        errorMessage: 'client_name must be a string',
        isFieldError: true,
        objectName: 'Client',
        fieldIdentifier: 'client_name',
      },
      {
        errorMessage: 'active must be true or false',
        isFieldError: true,
        objectName: 'Client',
        fieldIdentifier: 'active',
      },
    ]);
  });

  test('what is no JSON, or no object', async () => {
    refused(await call('POST', '/clients', '{'), 400, /not JSON/);
    refused(await call('POST', '/clients', []), 400, /not an object/);
  });

  test('what cannot change: type, id, organisation', async () => {
    const id = await create(call, LOGIN_CLIENT);
    const change = { integration_type: 'api_klient', client_id: 'x', client_orgno: '999999999' };
    const reply = await call('PUT', `/clients/${id}`, { ...LOGIN_CLIENT, ...change });
    for (const field of Object.keys(change)) refused(reply, 400, new RegExp(`${field} cannot be changed`));
  });

  test('in production: neither plain http nor localhost, but for native clients', async () => {
    const at = (uri: string) => ({ ...LOGIN_CLIENT, redirect_uris: [uri] });
    const native = { application_type: 'native', token_endpoint_auth_method: 'none' };
    assert.equal((await call('POST', '/clients', at('http://localhost:3000/x'))).status, 201);
    await withSettings(world, { production: true }, async () => {
      refused(await call('POST', '/clients', at('http://a.no/x')), 400, /must be https in production/);
      refused(await call('POST', '/clients', at('http://localhost:3000/x')), 400, /localhost in production/);
      for (const uri of ['http://localhost:3000/x', 'https://127.0.0.1:*/callback', 'no.etat.app:/x']) {
        assert.equal((await call('POST', '/clients', { ...at(uri), ...native })).status, 201, uri);
      }
    });
  });
});

function machine(scopes: readonly string[]): object {
  return { ...MACHINE_CLIENT, integration_type: 'maskinporten', scopes };
}

async function listed(id: string): Promise<{ active: boolean; all: boolean }> {
  const has = async (query: string) => JSON.stringify((await call('GET', `/clients${query}`)).body).includes(id);
  return { active: await has(''), all: await has('?inactive=true') };
}
