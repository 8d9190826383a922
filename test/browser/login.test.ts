/** Citizens at two services on two sites, in a real browser: single sign-on, and a logout that ends both sessions. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { LOGOUT_PATH, type RelyingParty, startRelyingParty } from '../relying-party.ts';
import { CITIZEN } from '../services/idporten-client.ts';
import { organisation } from '../onboarding.ts';
import { apply, clientName, deliver, onboardAdminClient } from '../provisioning.ts';
import { startTestWorld, type TestWorld } from '../world.ts';
import { startBrowser } from './browser.ts';

/** Three registrable domains, so that each site is a third party to the others. */
const hosts = { soknad: 'soknad.example', minside: 'minside.test', idporten: 'login.idporten.example' };

let world: TestWorld;
let soknad: RelyingParty;
let minside: RelyingParty;
let browser: Browser;

before(async () => {
  world = await startTestWorld();
  const { settings } = world.cloud.digdir;
  settings.idportenFrontHost = hosts.idporten;
  settings.stateAndNonceRequired = true;
  await onboardAdminClient(world);
  soknad = await provisioned('soknad');
  minside = await provisioned('minside');
  browser = await startBrowser(Object.values(hosts));
});
after(async () => {
  await browser.close();
  await Promise.all([soknad.close(), minside.close()]);
  await world.close();
});

/** Behind an ingress that ends TLS, with a client and credentials as `digdir apply` and `digdir credentials` make them. */
async function provisioned(name: 'soknad' | 'minside'): Promise<RelyingParty> {
  const { authority, folder } = world.cloud;
  // Of the wrong kind for a server; the browser is told to take it.
  const { leaf, privateKey } = await authority.issue({ organisation });
  const tls = { cert: leaf, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  return await startRelyingParty({ folder, host: hosts[name], tls }, async (credentials, origin) => {
    const client = clientName(world, name);
    const { clientId, message } = await apply(world, client, {
      redirectUris: [`${origin}/oauth2/callback`],
      postLogoutRedirectUris: [`${origin}/`],
      frontchannelLogoutUri: `${origin}${LOGOUT_PATH}`,
    });
    assert.ok(clientId, message);
    await deliver(world, client, credentials);
    return clientId;
  });
}

test('a login is pushed, and has PKCE, state and nonce', async () => {
  const visitor = await newVisitor();
  const known = world.cloud.calls.count();
  await logIn(visitor, soknad);

  // ID-porten was set to refuse a login without state and nonce, and always refuses one without PKCE
  // (test/services/local-idporten-refusals.test.ts); that this application checks them, too, is in relying-party.test.ts.
  const calls = world.cloud.calls.list().slice(known);
  const own = calls.filter(({ caller }) => caller === soknad.clientId).map(({ method }) => method);
  assert.deepEqual(own, ['POST /par', 'GET /authorize', 'POST /token']);
  const [authorize] = visitor.requests.filter(({ pathname }) => pathname === '/authorize');
  assert.equal(authorize?.origin, idportenOrigin());
  assert.deepEqual([...authorize.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const [callback] = soknad.received('/oauth2/callback').slice(-1);
  assert.deepEqual([...(callback?.url.searchParams.keys() ?? [])].sort(), ['code', 'iss', 'state']);

  const [cookie, ...others] = await visitor.context.cookies(soknad.origin);
  assert.deepEqual(others, []);
  assert.deepEqual([cookie?.name, cookie?.httpOnly, cookie?.sameSite], ['__Host-session', true, 'Lax']);
  await visitor.context.close();
});

test('a logout at one service ends the session at the other by its sid, without a cookie', async () => {
  const visitor = await newVisitor();
  const { page, context } = visitor;
  await logIn(visitor, soknad);
  const forms = () =>
    visitor.requests.filter(({ origin, pathname }) => origin === idportenOrigin() && isForm(pathname));
  assert.equal(forms().length > 0, true);
  const shown = forms().length;
  const other = await context.newPage();
  await other.goto(minside.origin);
  await other.getByRole('link', { name: 'Log in' }).click();
  await other.getByText(CITIZEN).waitFor();
  assert.equal(forms().length, shown, 'single sign-on shows no form');
  const [session] = await context.cookies(minside.origin);
  assert.ok(session);

  const earlier = { soknad: told(soknad).length, minside: told(minside).length };
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('Nobody is logged in').waitFor();
  assert.equal(page.url(), `${soknad.origin}/`);

  const [logout] = visitor.requests.filter(({ pathname, search }) => pathname === '/logout' && search !== '');
  const hint = decodeJwt(logout?.searchParams.get('id_token_hint') ?? '');
  assert.ok(hint['nonce'], 'the login had a nonce');
  const [atSoknad, ...moreAtSoknad] = told(soknad).slice(earlier.soknad);
  const [atMinside, ...moreAtMinside] = told(minside).slice(earlier.minside);
  assert.ok(atSoknad && atMinside);
  assert.deepEqual([...moreAtSoknad, ...moreAtMinside], []);
  for (const { method, url, headers } of [atSoknad, atMinside]) {
    assert.deepEqual([method, [...url.searchParams.keys()]], ['GET', ['iss', 'sid']]);
    assert.equal(url.searchParams.get('iss'), world.cloud.digdir.idporten.issuer);
    assert.equal(headers.cookie, undefined);
  }
  assert.equal(atSoknad.url.searchParams.get('sid'), hint['sid']);
  assert.notEqual(atMinside.url.searchParams.get('sid'), hint['sid']);
  assert.deepEqual(visitor.failures, [], 'both pages may be shown in a frame of ID-porten');

  await other.reload();
  await other.getByText('Nobody is logged in').waitFor();
  const [last] = minside.received('/').slice(-1);
  assert.equal(
    last?.headers.cookie,
    `__Host-session=${session.value}`,
    'the browser has its cookie still: the server ended it',
  );

  await other.getByRole('link', { name: 'Log in' }).click();
  await other.getByRole('button', { name: 'Logg inn' }).waitFor();
  await context.close();
});

test('who turns back at the login is not logged in', async () => {
  const visitor = await newVisitor();
  const { page, context } = visitor;
  await page.goto(`${soknad.origin}/login`);
  await page.getByRole('button', { name: 'Avbryt' }).click();
  await page.getByText('The login did not succeed').waitFor();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByText('Nobody is logged in').waitFor();
  await context.close();
});

type Visitor = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** All addresses that the pages asked for, oldest first. */
  readonly requests: URL[];
  /** What was asked for and not to be had. */
  readonly failures: string[];
};

async function newVisitor(): Promise<Visitor> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  // Ample, so that a busy machine is not taken for a page that lacks something.
  context.setDefaultTimeout(120_000);
  const requests: URL[] = [];
  const failures: string[] = [];
  context.on('request', (request) => requests.push(new URL(request.url())));
  context.on('requestfailed', (request) => failures.push(`${request.url()} ${request.failure()?.errorText}`));
  return { context, page: await context.newPage(), requests, failures };
}

/** At a service, with ID-porten's form. */
async function logIn({ page }: Visitor, service: RelyingParty): Promise<void> {
  await page.goto(service.origin);
  await page.getByRole('link', { name: 'Log in' }).click();
  await page.getByLabel('Syntetisk fødselsnummer').fill(CITIZEN);
  assert.equal(new URL(page.url()).origin, idportenOrigin());
  await page.getByRole('button', { name: 'Logg inn' }).click();
  await page.getByText(CITIZEN).waitFor();
  assert.equal(page.url(), `${service.origin}/`);
}

/** The front-channel logouts that a service was told of. */
function told(service: RelyingParty) {
  return service.received(LOGOUT_PATH);
}

function isForm(path: string): boolean {
  return path.startsWith('/login/');
}

/** Where browsers find ID-porten. */
function idportenOrigin(): string {
  return world.cloud.digdir.idporten.issuer.replace('127.0.0.1', hosts.idporten);
}
