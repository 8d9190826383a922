/** A registered client of the local ID-porten, and a browser without JavaScript that logs somebody in. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type JWTHeaderParameters, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import type { LocalDigdir } from '../../local/digdir/server.ts';
import { type Call, create, LOGIN_CLIENT, newKey, type TestKey } from './self-service-caller.ts';

export const CITIZEN = '13848299999';

export type LoginClient = { readonly id: string; readonly key: TestKey; readonly redirectUri: string };

export async function registerLoginClient(call: Call, change: object = {}): Promise<LoginClient> {
  const key = newKey(randomUUID());
  const id = await create(call, { ...LOGIN_CLIENT, ...change });
  const { status } = await call('POST', `/clients/${id}/jwks`, { keys: [key.jwk] });
  assert.equal(status, 201);
  const body = { ...LOGIN_CLIENT, ...change };
  return { id, key, redirectUri: body.redirect_uris[0] };
}

/** `openid-client` as a relying party configures it: the key with its kid, and the issuer as the only audience. */
export async function configure(digdir: LocalDigdir, { id, key }: LoginClient): Promise<oidc.Configuration> {
  const { privateKey, jwk } = key;
  const cryptoKey = await crypto.subtle.importKey(
    'pkcs8',
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const { issuer } = digdir.idporten;
  const authentication = oidc.PrivateKeyJwt(
    { key: cryptoKey, kid: jwk.kid },
    { [oidc.modifyAssertion]: (_header, payload) => void (payload['aud'] = issuer) },
  );
  const execute = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks];
  return oidc.discovery(new URL(issuer), id, {}, authentication, { execute });
}

export type Assertion = { readonly header?: JWTHeaderParameters; readonly claims?: Record<string, unknown> };

/** A client assertion; `undefined` leaves a claim out. */
export function signAssertion(digdir: LocalDigdir, client: LoginClient, change: Assertion = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const { issuer } = digdir.idporten;
  const claims = { iss: client.id, sub: client.id, aud: issuer, iat: now, exp: now + 100, jti: randomUUID() };
  return new SignJWT({ ...claims, ...change.claims })
    .setProtectedHeader(change.header ?? { alg: 'RS256', kid: client.key.jwk.kid })
    .sign(client.key.privateKey);
}

export type Browser = {
  /** Follows redirects within ID-porten; stops at an address elsewhere, or at a page. */
  visit(
    address: string | URL,
    form?: Record<string, string>,
  ): Promise<{ readonly url: URL; readonly response: Response }>;
};

/** Keeps the cookies of one host, path by path, as far as ID-porten needs it. */
export function openBrowser(origin: string): Browser {
  const jar: { name: string; value: string; path: string }[] = [];
  const keep = (header: string) => {
    const [pair = '', ...attributes] = header.split('; ');
    const path = attributes.find((one) => one.startsWith('path='))?.slice(5) ?? '/';
    const [name = '', ...value] = pair.split('=');
    const index = jar.findIndex((one) => one.name === name && one.path === path);
    if (index >= 0) jar.splice(index, 1);
    if (!header.includes('expires=Thu, 01 Jan 1970')) jar.push({ name, value: value.join('='), path });
  };
  const visit: Browser['visit'] = async (address, form) => {
    const url = new URL(address, origin);
    if (url.origin !== origin) return { url, response: Response.error() };
    const sent = jar.filter(({ path }) => url.pathname.startsWith(path)).map(({ name, value }) => `${name}=${value}`);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: sent.join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    response.headers.getSetCookie().forEach(keep);
    const next = response.headers.get('location');
    return next === null ? { url, response } : visit(new URL(next, url));
  };
  return { visit };
}

/** Through the login page, where one is shown, to the address that the client is called back at. */
export async function logIn(browser: Browser, address: URL, citizen = CITIZEN): Promise<URL> {
  const first = await browser.visit(address);
  if (!first.url.pathname.startsWith('/login/')) return first.url;
  return (await browser.visit(first.url, { pid: citizen })).url;
}
