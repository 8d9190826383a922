/** A login from beginning to end, and the way to ID-porten's logout. */

import * as oidc from 'openid-client';

const WANTED_LEVEL = 'idporten-loa-substantial';
const SUFFICIENT_LEVELS = [WANTED_LEVEL, 'idporten-loa-high'];

/** What must be remembered, for the browser that began the login and no other, until it comes back. */
export type PendingLogin = { readonly state: string; readonly nonce: string; readonly codeVerifier: string };

export type Citizen = {
  /** National identity number. */
  readonly pid: string;
  readonly level: string;
  /** ID-porten, and its name for this login: a front-channel logout says nothing else. */
  readonly issuer: string;
  readonly sid: string;
  readonly idToken: string;
};

/** The address to send the browser to. The parameters of the login do not pass through the browser: they are pushed. */
export async function beginLogin(
  idporten: oidc.Configuration,
  redirectUri: string,
): Promise<{ readonly address: URL; readonly pending: PendingLogin }> {
  const pending = {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    codeVerifier: oidc.randomPKCECodeVerifier(),
  };
  const address = await oidc.buildAuthorizationUrlWithPAR(idporten, {
    redirect_uri: redirectUri,
    scope: 'openid profile',
    acr_values: WANTED_LEVEL,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pending.codeVerifier),
    code_challenge_method: 'S256',
  });
  return { address, pending };
}

/**
 * Trades the code in the address that the browser came back at. Rejects when the login was refused or cancelled, when it
 * is not the pending one, and when the id_token is not what was asked for.
 */
export async function finishLogin(
  idporten: oidc.Configuration,
  callback: URL,
  pending: PendingLogin,
): Promise<Citizen> {
  const tokens = await oidc.authorizationCodeGrant(idporten, callback, {
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    pkceCodeVerifier: pending.codeVerifier,
    idTokenExpected: true,
  });
  const { id_token: idToken = '' } = tokens;
  return { ...citizenOf(tokens.claims() ?? {}), idToken };
}

/** Whom the claims of an id_token are about. Throws when the level is too low, or something is missing. */
export function citizenOf(claims: Readonly<Record<string, unknown>>): Omit<Citizen, 'idToken'> {
  const { iss: issuer, pid, acr: level, sid } = claims;
  if (typeof level !== 'string' || !SUFFICIENT_LEVELS.includes(level)) {
    throw new Error(`The level of the login (acr) is ${String(level)}`);
  }
  if (typeof pid !== 'string' || typeof issuer !== 'string') throw new Error('The id_token names nobody (pid, iss)');
  if (typeof sid !== 'string') {
    throw new Error('The id_token has no sid: register the client with frontchannel_logout_session_required');
  }
  return { issuer, pid, level, sid };
}

/** Where ID-porten ends its own session, and those of all other services, before it sends the browser back. */
export function logoutAddress(idporten: oidc.Configuration, idToken: string, postLogoutRedirectUri: string): URL {
  return oidc.buildEndSessionUrl(idporten, {
    id_token_hint: idToken,
    post_logout_redirect_uri: postLogoutRedirectUri,
  });
}
