/** Calls of the local self-service API with fresh tokens of an admin client, and bodies that it accepts. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import assert from 'node:assert/strict';
import type { Authority } from '../../local/authority/authority.ts';
import type { LocalDigdir } from '../../local/digdir/server.ts';
import { ORGANISATION, requestToken, signGrant, type TestWorld } from './local-digdir.ts';

export type ApiReply = { readonly status: number; readonly body: Record<string, unknown> };
export type Call = (verb: string, path: string, body?: unknown, scope?: string) => Promise<ApiReply>;

const OWNER_RIGHTS = 'idporten:scopes.read idporten:scopes.write';
const SCOPES = `idporten:dcr.read idporten:dcr.write idporten:dcr.modify idporten:dcr.supplier ${OWNER_RIGHTS}`;

export type CallersWorld = Pick<TestWorld, 'digdir'> & { readonly authority: Pick<Authority, 'issue'> };

/** Registers an admin client and returns what calls as that client, with the scopes that are named. */
export async function apiCaller({ digdir, authority }: CallersWorld, organisation = ORGANISATION): Promise<Call> {
  const clientId = `admin-${organisation}`;
  const certificate = await authority.issue({ organisation });
  digdir.registerAdminClient({ clientId, organisation, scopes: SCOPES.split(' ') });
  return async (verb, path, body, scope = 'idporten:dcr.read idporten:dcr.write') => {
    const grant = await signGrant(digdir, { clientId, certificate, scope });
    const { access_token: token } = (await requestToken(digdir, grant)).body;
    const response = await fetch(`${digdir.selfService.base}${path}`, {
      method: verb,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
}

/** Calls with the rights of an owner of scopes, unless others are named. */
export function scopeCaller(call: Call): Call {
  return (verb, path, body, scope = OWNER_RIGHTS) => call(verb, path, body, scope);
}

/** That member of each item of a list. */
export function each({ body }: ApiReply, member: string): unknown[] {
  const items: unknown = body;
  assert.ok(Array.isArray(items), JSON.stringify(body));
  return items.map((item: Record<string, unknown>) => item[member]);
}

/** What digdirator sends for an application that logs people in. */
export const LOGIN_CLIENT = {
  client_name: 'Skjema',
  description: 'cluster:namespace:skjema',
  application_type: 'web',
  integration_type: 'idporten',
  scopes: ['openid', 'profile'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'private_key_jwt',
  redirect_uris: ['https://skjema.example.no/oauth2/callback'],
} as const;

export const MACHINE_CLIENT = {
  client_name: 'Oppslag',
  description: 'cluster:namespace:oppslag',
  application_type: 'web',
  integration_type: 'krr',
  scopes: ['krr:global/kontaktinformasjon.read'],
  grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
  token_endpoint_auth_method: 'private_key_jwt',
} as const;

export type TestKey = {
  readonly privateKey: KeyObject;
  readonly jwk: {
    readonly kid: string;
    readonly kty: 'RSA';
    readonly n: string;
    readonly e: string;
    readonly use: 'sig';
  };
};

export function newKey(kid: string, modulusLength = 2048): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return { privateKey, jwk: { kid, kty: 'RSA', n, e, use: 'sig' } };
}

/** The id of a new client. */
export async function create(call: Call, body: object): Promise<string> {
  const reply = await call('POST', '/clients', body);
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return String(reply.body['client_id']);
}

/** Runs with changed settings, and sets them back. */
export async function withSettings(
  { digdir: { settings } }: TestWorld,
  change: Partial<LocalDigdir['settings']>,
  run: () => Promise<void>,
): Promise<void> {
  const former = { ...settings };
  Object.assign(settings, change);
  try {
    await run();
  } finally {
    Object.assign(settings, former);
  }
}

/** With the status, and the error body of the API. */
export function refused({ status, body }: ApiReply, expected: number, message: RegExp): void {
  assert.equal(status, expected, JSON.stringify(body));
  assert.match(String(body['error_description']), /^, /);
  assert.match(String(body['error_description']), message);
  assert.match(String(body['correlation_id']), /^[0-9a-f]{32}$/);
}
