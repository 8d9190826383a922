/** What the application of `examples/relying-party` takes from ID-porten, and what it does not. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test, type TestContext } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import {
  byHand,
  LOGOUT_PATH,
  privateJwk,
  provisionedFiles,
  type RelyingParty,
  startRelyingParty,
  writeFiles,
} from '../relying-party.ts';
import { type Browser, CITIZEN, logIn, openBrowser } from './idporten-client.ts';
import { startTestWorld, type TestWorld } from './local-digdir.ts';
import { apiCaller, type Call, newKey } from './self-service-caller.ts';

const main = join(import.meta.dirname, '..', '..', 'examples', 'relying-party', 'main.ts');

let world: TestWorld;
let call: Call;
let service: RelyingParty;

before(async () => {
  world = await startTestWorld();
  call = await apiCaller(world);
  service = await startRelyingParty(world, byHand(world, call));
});
after(async () => {
  await service.close();
  await world.close();
});

describe('a login', () => {
  test('authenticates by kid, without x5c, for the issuer alone', async () => {
    const known = world.digdir.receivedAssertions().length;
    assert.ok(await isLoggedIn(await enter()));
    const assertions = ownAssertions(known);
    assert.equal(assertions.length, 2, 'one to push, one for the code');
    const kid = await deliveredKid();
    for (const assertion of assertions) {
      assert.deepEqual(decodeProtectedHeader(assertion), { alg: 'RS256', kid });
      assert.equal(decodeJwt(assertion).aud, issuer());
    }
  });

  test('with a new key, without a restart', async () => {
    const path = `/clients/${service.clientId}/jwks`;
    const former = await deliveredKid();
    const key = newKey('renewed');
    assert.equal((await call('PUT', `${path}/renewed`, key.jwk)).status, 200);
    await writeFiles(service.folder, { IDPORTEN_CLIENT_JWK: privateJwk(key) });
    assert.equal((await call('DELETE', `${path}/${former}`)).status, 204);
    const known = world.digdir.receivedAssertions().length;
    assert.ok(await isLoggedIn(await enter()));
    assert.deepEqual(
      ownAssertions(known).map((assertion) => decodeProtectedHeader(assertion).kid),
      ['renewed', 'renewed'],
    );
  });

  test('of another state, of another browser, or a second time: no session, and no code is traded', async () => {
    const begun = async () => {
      const browser = openBrowser(service.origin);
      return { browser, callback: await logIn(openBrowser(issuer()), (await browser.visit('/login')).url) };
    };
    const genuine = await begun();
    const forged = { ...genuine, callback: new URL(genuine.callback) };
    forged.callback.searchParams.set('state', 'forged');
    const foreign = { ...(await begun()), browser: openBrowser(service.origin) };
    const known = world.calls.count('idporten', 'POST /token');
    // A login is good for one callback, even for a wrong one.
    for (const { browser, callback } of [forged, genuine, foreign]) {
      assert.equal((await browser.visit(callback)).response.status, 400);
      assert.equal(await isLoggedIn(browser), false);
    }
    assert.equal(world.calls.count('idporten', 'POST /token'), known);

    const { browser, callback } = await begun();
    assert.equal((await browser.visit(callback)).response.status, 200);
    assert.equal((await browser.visit(callback)).response.status, 400);
    assert.equal(world.calls.count('idporten', 'POST /token'), known + 1);
  });

  test("with somebody else's code: no session, as ID-porten holds it against the verifier", async (t) => {
    const log = t.mock.method(console, 'error', () => {});
    const browser = openBrowser(service.origin);
    const callback = await logIn(openBrowser(issuer()), (await browser.visit('/login')).url);
    const others = await logIn(openBrowser(issuer()), (await openBrowser(service.origin).visit('/login')).url);
    callback.searchParams.set('code', others.searchParams.get('code') ?? '');
    assert.equal((await browser.visit(callback)).response.status, 400);
    assert.match(String(log.mock.calls.at(-1)?.arguments[1]), /invalid_grant/);
    assert.equal(await isLoggedIn(browser), false);
  });

  test('at a client whose id_tokens have no sid: no session, as no logout could end it', async (t) => {
    const deaf = await another(t, { frontchannel_logout_session_required: false });
    const browser = openBrowser(deaf.origin);
    const callback = await logIn(openBrowser(issuer()), (await browser.visit('/login')).url);
    assert.equal((await browser.visit(callback)).response.status, 400);
    assert.equal(await isLoggedIn(browser), false);
  });

  test('whose id_token cannot be verified, as the keys are not to be had: no session', async (t) => {
    const other = await another(t);
    const browser = openBrowser(other.origin);
    const callback = await logIn(openBrowser(issuer()), (await browser.visit('/login')).url);
    t.after(() => world.calls.disturb());
    world.calls.disturb({ before: ({ method }) => (method === 'GET /jwks.json' ? 'refuse' : 'none') });
    assert.equal((await browser.visit(callback)).response.status, 400);
    assert.equal(await isLoggedIn(browser), false);
  });

  test('where the files and the metadata differ: none begins', async (t) => {
    const other = await another(t);
    await writeFiles(other.folder, { IDPORTEN_ISSUER: `${issuer()}/` });
    assert.equal((await fetch(`${other.origin}/login`)).status, 500);
  });
});

describe('the session', () => {
  test('has a new name after a login, in a cookie that is out of reach', async (t) => {
    const { headers } = await fetch(`${service.origin}/login`, { redirect: 'manual' });
    assert.match(headers.getSetCookie().join('\n'), /^login=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const secure = await another(t, {
      redirect_uris: ['https://skjema.example.no/oauth2/callback'],
      frontchannel_logout_uri: undefined,
    });
    const reply = await fetch(`${secure.origin}/login`, { redirect: 'manual' });
    assert.match(
      reply.headers.getSetCookie().join('\n'),
      /^__Host-login=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  test('ends by iss and sid alone, wherever the request comes from', async () => {
    const idporten = openBrowser(issuer());
    const [first, second] = [await enter(idporten), await enter(idporten)];
    const sid = await logoutSid(first);
    const tell = (iss: string, of: string) =>
      fetch(`${service.origin}${LOGOUT_PATH}?${new URLSearchParams({ iss, sid: of }).toString()}`);

    for (const reply of [await tell('https://idporten.example', sid), await tell(issuer(), 'another')]) {
      assert.equal(reply.status, 200);
      assert.ok(await isLoggedIn(second));
    }
    assert.equal((await fetch(`${service.origin}${LOGOUT_PATH}`)).status, 400);

    const reply = await tell(issuer(), sid);
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get('cache-control'), 'no-store');
    assert.equal(reply.headers.get('content-security-policy'), `default-src 'none'; frame-ancestors ${issuer()}`);
    assert.deepEqual(reply.headers.getSetCookie(), []);
    assert.equal(await isLoggedIn(second), false);
  });

  test('ends by its own logout before ID-porten is asked, which no link can do', async () => {
    const browser = await enter();
    assert.equal((await browser.visit('/logout')).response.status, 404);
    assert.ok(await isLoggedIn(browser));
    const { url } = await browser.visit('/logout', {});
    assert.equal(`${url.origin}${url.pathname}`, `${issuer()}/logout`);
    assert.equal(url.searchParams.get('post_logout_redirect_uri'), `${service.origin}/`);
    assert.equal(await isLoggedIn(browser), false);
    assert.equal((await browser.visit('/logout', {})).url.href, `${service.origin}/`, 'there is nothing left to end');
  });
});

describe('the command', () => {
  test('serves with the folder, at the port, and with the addresses it is told', async (t) => {
    const folder = join(world.folder, 'command');
    const back = 'http://127.0.0.1:9/oauth2/logout/callback';
    await provisionedFiles(folder, { digdir: world.digdir, call, origin: 'http://127.0.0.1:9' });
    const options = [
      '--credentials',
      folder,
      '--port',
      '0',
      '--frontchannel-logout-path',
      '/oauth2/logout/frontchannel',
    ];
    const command = spawn(process.execPath, [main, ...options, '--post-logout-redirect-uri', back]);
    t.after(async () => {
      if (command.exitCode === null && command.kill()) await once(command, 'exit');
    });
    const [line] = (await once(createInterface(command.stdout), 'line')) as [string];
    const port = /^http:\/\/127\.0\.0\.1:9\/ is served at 127\.0\.0\.1, port (\d+)$/.exec(line)?.[1];
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    assert.equal(await status('/'), 200);
    assert.equal(await status('/oauth2/logout/frontchannel?iss=x&sid=y'), 200);
    assert.equal(await status('/oauth2/logout?iss=x&sid=y'), 404);
  });

  test('says at once which file is missing', async () => {
    const folder = join(world.folder, 'incomplete');
    await provisionedFiles(folder, { digdir: world.digdir, call, origin: 'http://127.0.0.1:9' });
    await rm(join(folder, 'IDPORTEN_JWKS_URI'));
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, [main, '--credentials', folder], (error, _stdout, stderr) => {
        resolve({ code: error?.code, stderr });
      });
    });
    assert.equal(code, 1);
    assert.match(stderr, /IDPORTEN_JWKS_URI/);
  });
});

/** An application for one test, whose client is registered with this change. */
async function another(t: TestContext, change: object = {}): Promise<RelyingParty> {
  const other = await startRelyingParty(world, byHand(world, call, change));
  t.after(() => other.close());
  return other;
}

/** A browser that somebody has logged in with; `idporten` may have a session at ID-porten. */
async function enter(idporten = openBrowser(issuer())): Promise<Browser> {
  const browser = openBrowser(service.origin);
  await browser.visit(await logIn(idporten, (await browser.visit('/login')).url));
  return browser;
}

async function isLoggedIn(browser: Browser): Promise<boolean> {
  return (await (await browser.visit('/')).response.text()).includes(CITIZEN);
}

/** Logs out of the application, not of ID-porten. Resolves to the `sid` of the login. */
async function logoutSid(browser: Browser): Promise<string> {
  const { url } = await browser.visit('/logout', {});
  return String(decodeJwt(url.searchParams.get('id_token_hint') ?? '')['sid']);
}

async function deliveredKid(): Promise<string> {
  const { kid } = JSON.parse(await readFile(join(service.folder, 'IDPORTEN_CLIENT_JWK'), 'utf8')) as { kid: string };
  return kid;
}

/** The assertions of the application among those since then. */
function ownAssertions(known: number): string[] {
  const received = world.digdir.receivedAssertions().slice(known);
  return received.filter((assertion) => decodeJwt(assertion).sub === service.clientId);
}

function issuer(): string {
  return world.digdir.idporten.issuer;
}
