import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { CITIZEN, type LoginClient, logIn, openBrowser, registerLoginClient } from './idporten-client.ts';
import { authorize, post, push, redeem, VERIFIER } from './idporten-requests.ts';
import { startTestWorld, type TestWorld } from './local-digdir.ts';
import { apiCaller, type Call, withSettings } from './self-service-caller.ts';

let world: TestWorld;
let call: Call;
let client: LoginClient;

before(async () => {
  world = await startTestWorld();
  call = await apiCaller(world);
  client = await registerLoginClient(call);
});
after(() => world.close());

describe('a login that asks for what it may not have', () => {
  const rows: [name: string, parameters: Record<string, string>, error: string, description: RegExp][] = [
    ['no PKCE', { code_challenge: '', code_challenge_method: '' }, 'invalid_request', /requires PKCE/],
    ['PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request', /code_challenge_method/],
    ['another redirect URI', { redirect_uri: 'https://skjema.example.no/other' }, 'invalid_request', /redirect_uri/],
    ['no openid', { scope: 'profile', nonce: '' }, 'invalid_scope', /openid/],
    ['a foreign scope', { scope: 'openid etat:api' }, 'invalid_scope', /not registered on the client/],
    ['an unknown level', { acr_values: 'Level5' }, 'invalid_request', /Invalid acr_values/],
    ['an implicit flow', { response_type: 'id_token' }, 'unsupported_response_type', /response_type/],
    ['an unknown prompt', { prompt: 'select_account' }, 'invalid_request', /prompt/],
  ];
  for (const [name, parameters, error, description] of rows) {
    test(name, async () => {
      const { status, body } = await push(world, client, parameters);
      assert.deepEqual([status, body['error']], [400, error]);
      assert.match(String(body['error_description']), description);
    });
  }

  test('without PKCE at the authorize endpoint: back with the error; allowed where the client is registered so', async () => {
    const plain = { code_challenge: '', code_challenge_method: '' };
    const { url } = await openBrowser(issuer()).visit(authorize(world, client, plain));
    assert.deepEqual([url.origin, url.searchParams.get('error')], ['https://skjema.example.no', 'invalid_request']);
    const lenient = await registerLoginClient(call, { code_challenge_method: 'none' });
    const callback = await logIn(openBrowser(issuer()), authorize(world, lenient, plain));
    assert.equal((await redeem(world, lenient, callback, { code_verifier: '' })).status, 200);
  });

  test('state and nonce are required when that is set', async () => {
    assert.equal((await push(world, client, { nonce: '' })).status, 201);
    await withSettings(world, { stateAndNonceRequired: true }, async () => {
      const { status } = await push(world, client, { nonce: '' });
      assert.equal(status, 400);
    });
  });

  test('prompt=none without a session: login_required', async () => {
    const { url } = await openBrowser(issuer()).visit(authorize(world, client, { prompt: 'none' }));
    assert.equal(url.searchParams.get('error'), 'login_required');
  });
});

describe('a code', () => {
  test('is good once: the second use also ends the tokens of the first', async () => {
    const callback = await comeBack();
    const first = await redeem(world, client, callback);
    assert.equal(first.status, 200);
    const second = await redeem(world, client, callback);
    assert.deepEqual([second.status, second.body['error']], [400, 'invalid_grant']);
    const headers = { authorization: `Bearer ${String(first.body['access_token'])}` };
    assert.equal((await fetch(`${issuer()}/userinfo`, { headers })).status, 401);
  });

  test('is good only with its verifier, and only for its client', async () => {
    const other = await registerLoginClient(call);
    const wrong = 'another-another-another-another-another-another';
    const verifier = await redeem(world, client, await comeBack(), { code_verifier: wrong });
    const stolen = await redeem(world, other, await comeBack());
    for (const { status, body } of [verifier, stolen])
      assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
  });
});

test('a public client logs in with PKCE alone, and gets no refresh token', async () => {
  const change = { application_type: 'browser', token_endpoint_auth_method: 'none' };
  const browser = await registerLoginClient(call, change);
  const callback = await logIn(openBrowser(issuer()), authorize(world, browser, {}));
  const form = {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    client_id: browser.id,
  };
  const { status, body } = await post(world, '/token', {
    ...form,
    code_verifier: VERIFIER,
    redirect_uri: browser.redirectUri,
  });
  assert.deepEqual([status, body['refresh_token']], [200, undefined]);
  assert.equal(decodeJwt(String(body['id_token']))['pid'], CITIZEN);
  const { headers } = await fetch(`${issuer()}/token`, {
    method: 'POST',
    headers: { origin: new URL(browser.redirectUri).origin },
    body: new URLSearchParams(form),
  });
  assert.equal(headers.get('access-control-allow-origin'), new URL(browser.redirectUri).origin);
});

/** The address that somebody who has logged in comes back to. */
async function comeBack(): Promise<URL> {
  return logIn(openBrowser(issuer()), authorize(world, client));
}

function issuer(): string {
  return world.digdir.idporten.issuer;
}
