import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import {
  type Browser,
  CITIZEN,
  configure,
  type LoginClient,
  logIn,
  openBrowser,
  registerLoginClient,
} from './idporten-client.ts';
import { startTestWorld, type TestWorld } from './local-digdir.ts';
import { apiCaller, type Call } from './self-service-caller.ts';

const POST_LOGOUT = 'https://skjema.example.no/oauth2/logout/callback';
let world: TestWorld;
let call: Call;
let client: LoginClient;

before(async () => {
  world = await startTestWorld();
  call = await apiCaller(world);
  client = await registerLoginClient(call, {
    access_token_lifetime: 3600,
    post_logout_redirect_uris: [POST_LOGOUT],
    frontchannel_logout_uri: 'https://skjema.example.no/oauth2/logout/frontchannel?x=1',
    frontchannel_logout_session_required: true,
  });
});
after(() => world.close());

test('the metadata is that of ID-porten, with local addresses, browsers sent to a host of its own', async () => {
  const { issuer, metadata } = world.digdir.idporten;
  world.digdir.settings.idportenFrontHost = 'login.idporten.example';
  const body = (await (await fetch(metadata)).json()) as Record<string, unknown>;
  world.digdir.settings.idportenFrontHost = '127.0.0.1';
  assert.match(issuer, /^http:\/\/127\.0\.0\.1:\d+$/);
  const front = issuer.replace('127.0.0.1', 'login.idporten.example');
  assert.equal(metadata, `${issuer}/.well-known/openid-configuration`);
  assert.deepEqual(
    [body['issuer'], body['authorization_endpoint'], body['end_session_endpoint'], body['token_endpoint']],
    [issuer, `${front}/authorize`, `${front}/logout`, `${issuer}/token`],
  );
  assert.deepEqual(body['token_endpoint_auth_signing_alg_values_supported'], ['RS256']);
  assert.equal(body['frontchannel_logout_session_supported'], true);
});

describe('a login', () => {
  test('with PAR, PKCE and private_key_jwt: an id_token with the claims of ID-porten', async () => {
    const { tokens } = await login(openBrowser(origin()));
    const { iss, aud, sub, exp, iat, jti, sid, auth_time: authTime, ...rest } = claimsOf(tokens);
    assert.deepEqual([iss, aud], [world.digdir.idporten.issuer, client.id]);
    assert.deepEqual(rest, {
      pid: CITIZEN,
      acr: 'idporten-loa-substantial',
      amr: ['TestID'],
      locale: 'nb',
      nonce: 'nonce',
    });
    assert.equal(exp - iat, 120);
    assert.ok(sub && sub !== CITIZEN && jti && sid && authTime);
    assert.deepEqual(
      [tokens.expires_in, tokens['refresh_token_expires_in'], tokens.scope],
      [3600, 600, 'openid profile'],
    );
    const config = await configure(world.digdir, client);
    const info = await oidc.fetchUserInfo(config, tokens.access_token, sub);
    assert.deepEqual(info, { sub, pid: CITIZEN, locale: 'nb' });
  });

  test('the level asked for, the language asked for, and once more for a higher level', async () => {
    const browser = openBrowser(origin());
    const english = await login(browser, { ui_locales: 'fr en', acr_values: 'Level3' });
    assert.equal(english.tokens.claims()?.['locale'], 'en');
    assert.equal(english.tokens.claims()?.acr, 'idporten-loa-substantial');
    const address = await pushed({ acr_values: 'idporten-loa-high' });
    assert.match((await browser.visit(address)).url.pathname, /^\/login\//);
    assert.equal((await login(browser, { acr_values: 'idporten-loa-high' })).tokens.claims()?.acr, 'idporten-loa-high');
    const lower = await login(browser, { acr_values: 'idporten-loa-substantial' });
    assert.equal(lower.tokens.claims()?.acr, 'idporten-loa-high');
  });

  test('signs on at the next client without asking, with another sub and sid', async () => {
    const browser = openBrowser(origin());
    const first = await login(browser);
    const other = await registerLoginClient(call, { frontchannel_logout_session_required: false });
    const visit = await browser.visit(await pushed({}, other));
    assert.equal(visit.url.origin, new URL(other.redirectUri).origin);
    const second = await redeem(visit.url, other);
    assert.equal(second.claims()?.['pid'], CITIZEN);
    assert.notEqual(second.claims()?.sub, first.tokens.claims()?.sub);
    assert.equal(second.claims()?.['sid'], undefined, 'only a client that requires it gets a sid');
  });

  test('a client without single sign-on asks each time, and so does prompt=login', async () => {
    const browser = openBrowser(origin());
    await login(browser);
    const alone = await registerLoginClient(call, { sso_disabled: true });
    for (const address of [await pushed({}, alone), await pushed({ prompt: 'login' })]) {
      assert.match((await browser.visit(address)).url.pathname, /^\/login\//);
    }
  });

  test('a number that is not synthetic is not taken; a cancelled login goes back with the error', async () => {
    const browser = openBrowser(origin());
    const { url } = await browser.visit(await pushed({ ui_locales: 'en' }));
    const wrong = await browser.visit(url, { pid: '13048299999' });
    assert.equal(wrong.response.status, 400);
    assert.match(await wrong.response.text(), /Not a synthetic national identity number/);
    const back = (await browser.visit(url, { abort: 'yes' })).url;
    assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('state')], ['access_denied', 'state']);
  });
});

describe('refresh tokens', () => {
  test('are good once: a second use also ends the ones that came of it', async () => {
    const { tokens } = await login(openBrowser(origin()));
    const config = await configure(world.digdir, client);
    const [first = '', again] = [
      tokens.refresh_token,
      await oidc.refreshTokenGrant(config, tokens.refresh_token ?? ''),
    ];
    assert.equal(again.claims()?.['pid'], CITIZEN);
    assert.notEqual(again.refresh_token, first);
    await assert.rejects(oidc.refreshTokenGrant(config, first), { error: 'invalid_grant' });
    await assert.rejects(oidc.refreshTokenGrant(config, again.refresh_token ?? ''), { error: 'invalid_grant' });
  });

  test('may be used again where the client is registered so', async () => {
    const reusing = await registerLoginClient(call, { refresh_token_usage: 'REUSE' });
    const tokens = await redeem(await logIn(openBrowser(origin()), await pushed({}, reusing)), reusing);
    const config = await configure(world.digdir, reusing);
    for (const _ of [1, 2]) await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
  });
});

test('revoking one token ends all that came of the login; the session lives on', async () => {
  const browser = openBrowser(origin());
  const { tokens } = await login(browser);
  const config = await configure(world.digdir, client);
  await oidc.tokenRevocation(config, tokens.access_token);
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token ?? ''), { error: 'invalid_grant' });
  assert.equal((await browser.visit(await pushed())).url.origin, 'https://skjema.example.no');
});

test('only a client with the scope for it may ask about a token', async () => {
  world.digdir.registerScope({
    name: 'idporten:token.introspection',
    accessible_for_all: true,
    allowed_integration_types: ['api_klient'],
  });
  const asking = await registerLoginClient(call, {
    integration_type: 'api_klient',
    scopes: ['openid', 'idporten:token.introspection'],
  });
  const { tokens } = await login(openBrowser(origin()));
  const ask = async (at: LoginClient) =>
    (await oidc.tokenIntrospection(await configure(world.digdir, at), tokens.access_token)).active;
  assert.deepEqual([await ask(asking), await ask(client)], [true, false]);
});

describe('logout', () => {
  test('tells every client of the session, also the one that began it, and then goes back', async () => {
    const browser = openBrowser(origin());
    const first = await login(browser);
    const other = await registerLoginClient(call, {
      redirect_uris: ['https://annet.example.org/callback'],
      frontchannel_logout_uri: 'https://annet.example.org/logout',
      frontchannel_logout_session_required: true,
    });
    const second = await redeem(await logIn(browser, await pushed({}, other)), other);
    const config = await configure(world.digdir, client);
    const address = oidc.buildEndSessionUrl(config, {
      id_token_hint: first.tokens.id_token ?? '',
      post_logout_redirect_uri: POST_LOGOUT,
      state: 'a&b',
    });
    const page = await logOut(browser, address);
    const iss = encodeURIComponent(world.digdir.idporten.issuer);
    assert.deepEqual(iframes(page), [
      `https://skjema.example.no/oauth2/logout/frontchannel?x=1&iss=${iss}&sid=${sidOf(first.tokens)}`,
      `https://annet.example.org/logout?iss=${iss}&sid=${sidOf(second)}`,
    ]);
    assert.equal(returnOf(page), `${POST_LOGOUT}?state=a%26b`);
    assert.match((await browser.visit(await pushed())).url.pathname, /^\/login\//, 'the session is over');
    await assert.rejects(oidc.refreshTokenGrant(config, first.tokens.refresh_token ?? ''), { error: 'invalid_grant' });
  });

  test('by POST, as documents prefer it', async () => {
    const browser = openBrowser(origin());
    const { tokens } = await login(browser);
    const visit = await browser.visit('/logout', { id_token_hint: tokens.id_token ?? '' });
    const page = await confirm(browser, visit.url, await visit.response.text());
    assert.equal(iframes(page).length, 1);
  });

  test('without a session or an id_token there is no way back', async () => {
    const parameters = { client_id: client.id, post_logout_redirect_uri: POST_LOGOUT };
    const back = async (browser: Browser) => {
      const address = new URL(`/logout?${new URLSearchParams(parameters).toString()}`, origin());
      return new URL(returnOf(await logOut(browser, address))).pathname;
    };
    const browser = openBrowser(origin());
    await login(browser);
    assert.equal(await back(browser), new URL(POST_LOGOUT).pathname);
    assert.equal(await back(browser), '/logout/success');
  });

  test('not to an address that is not registered', async () => {
    const browser = openBrowser(origin());
    const { tokens } = await login(browser);
    const config = await configure(world.digdir, client);
    const hint = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: 'https://evil.example.org/' };
    const { response } = await browser.visit(oidc.buildEndSessionUrl(config, hint));
    assert.equal(response.status, 400);
  });
});

function origin(): string {
  return world.digdir.idporten.issuer;
}

const VERIFIER = 'verifier-verifier-verifier-verifier-verifier';

/** The address at which the login begins, its parameters pushed. */
async function pushed(parameters: Record<string, string> = {}, at = client): Promise<URL> {
  return oidc.buildAuthorizationUrlWithPAR(await configure(world.digdir, at), {
    redirect_uri: at.redirectUri,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(VERIFIER),
    code_challenge_method: 'S256',
    state: 'state',
    nonce: 'nonce',
    ...parameters,
  });
}

/** Checks `iss`, `state`, `nonce` and the signature as a relying party does. */
async function redeem(callback: URL, at: LoginClient) {
  const checks = { pkceCodeVerifier: VERIFIER, expectedState: 'state', expectedNonce: 'nonce' };
  return oidc.authorizationCodeGrant(await configure(world.digdir, at), callback, checks);
}

async function login(browser: Browser, parameters: Record<string, string> = {}) {
  const callback = await logIn(browser, await pushed(parameters));
  return { callback, tokens: await redeem(callback, client) };
}

function claimsOf(tokens: Awaited<ReturnType<typeof redeem>>): oidc.IDToken {
  const claims = tokens.claims();
  assert.ok(claims);
  return claims;
}

function sidOf(tokens: Awaited<ReturnType<typeof redeem>>): string {
  const { sid } = claimsOf(tokens);
  return typeof sid === 'string' ? sid : '';
}

/** The page that tells the clients. */
async function logOut(browser: Browser, address: URL): Promise<string> {
  const { url, response } = await browser.visit(address);
  return confirm(browser, url, await response.text());
}

async function confirm(browser: Browser, at: URL, page: string): Promise<string> {
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
  const { response } = await browser.visit(new URL('/logout/confirm', at), { xsrf, logout: 'yes' });
  return response.text();
}

function iframes(page: string): string[] {
  return [...page.matchAll(/<iframe hidden src="([^"]*)"/g)].map((match) => unescape(match[1]));
}

function returnOf(page: string): string {
  return unescape(/id="back" href="([^"]*)"/.exec(page)?.[1]);
}

function unescape(html = ''): string {
  return html.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
