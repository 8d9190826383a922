/** The requests that a client of the local ID-porten makes, field by field. */

import assert from 'node:assert/strict';
import { type LoginClient, signAssertion } from './idporten-client.ts';
import type { TestWorld } from './local-digdir.ts';

export const VERIFIER = 'verifier-verifier-verifier-verifier-verifier';
const CHALLENGE = 'fD3GLJ_KzCDB0w6uDOSFNNdflrHwtv8Cizh6P5pJkfQ';

export type Reply = { readonly status: number; readonly body: Record<string, unknown> };
/** The parameters of a request, in place of the usual ones or beside them; an empty one leaves it out. */
export type Parameters = Readonly<Record<string, string>>;

/** The address of a login whose parameters are not pushed. */
export function authorize({ digdir }: TestWorld, at: LoginClient, parameters: Parameters = {}): URL {
  const query = new URLSearchParams(request(parameters, at)).toString();
  return new URL(`/authorize?${query}`, digdir.idporten.issuer);
}

/** Pushes a login, authenticated by the assertion; by a correct one of the client when none is given. */
export async function push(
  world: TestWorld,
  at: LoginClient,
  { assertion, ...parameters }: Parameters = {},
): Promise<Reply> {
  const sent = assertion ?? (await signAssertion(world.digdir, at));
  return post(world, '/par', { ...request(parameters, at), ...asserted(sent) });
}

/** Trades the code in the address for tokens. */
export async function redeem(
  world: TestWorld,
  at: LoginClient,
  callback: URL,
  parameters: Parameters = {},
): Promise<Reply> {
  const form = {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: at.redirectUri,
    code_verifier: VERIFIER,
    ...asserted(await signAssertion(world.digdir, at)),
    ...parameters,
  };
  return post(world, '/token', withoutEmpty(form));
}

export async function post({ digdir }: TestWorld, path: string, form: Parameters): Promise<Reply> {
  const response = await fetch(`${digdir.idporten.issuer}${path}`, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Because of the client's authentication, for the reason described. */
export function unauthorised({ status, body }: Reply, description: RegExp): void {
  assert.deepEqual([status, body['error']], [401, 'invalid_client'], JSON.stringify(body));
  assert.match(String(body['error_description']), /^Client authentication failed\. .* \(trace_id: [0-9a-f]{32}\)$/);
  assert.match(String(body['error_description']), description);
}

function request(parameters: Parameters, at: LoginClient): Parameters {
  return withoutEmpty({
    client_id: at.id,
    response_type: 'code',
    redirect_uri: at.redirectUri,
    scope: 'openid profile',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'state',
    nonce: 'nonce',
    ...parameters,
  });
}

function asserted(assertion: string): Parameters {
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  return assertion === '' ? {} : { client_assertion_type: type, client_assertion: assertion };
}

function withoutEmpty(form: Parameters): Parameters {
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ''));
}
