/** Records as Digdir's staff make them, with what they leave out filled in. */

import { X509Certificate } from 'node:crypto';
import type { ClientRecord, PublicJwk, RegisteredKey, Scope, ScopeRecord } from './models.ts';

/** A certificate (PEM), and the `kid` that it is registered under. */
export type LockedTo = { readonly kid: string; readonly certificate: string };

export type AdminClient = {
  readonly clientId: string;
  /** Nine digits. */
  readonly organisation: string;
  readonly scopes: readonly string[];
  readonly description?: string;
  /** A client with keys must sign with one of them and say its `kid`; one without must send `x5c`. */
  readonly keys?: readonly PublicJwk[];
  /** Registers this certificate: from then on the client signs with its key and no other. */
  readonly lockedTo?: LockedTo;
  readonly active?: boolean;
};

/** A scope to register; what is left out is as Digdir's own admin scopes have it. */
export type NewScope = Pick<Scope, 'name'> & Partial<Scope>;

/** Digdir's organisation number: it owns the admin scopes. */
export const DIGDIR = '991825827';

const YEAR = 365 * 24 * 60 * 60;

export function newAdminClient(wanted: AdminClient, now: Date): ClientRecord {
  const keys = [...(wanted.keys ?? []), ...(wanted.lockedTo ? [certificateKey(wanted.lockedTo)] : [])];
  return {
    client: {
      client_id: wanted.clientId,
      client_name: 'Selvbetjening',
      client_orgno: wanted.organisation,
      description: wanted.description ?? 'Self-service client, registered by Digdir',
      active: wanted.active ?? true,
      application_type: 'web',
      integration_type: 'maskinporten',
      scopes: wanted.scopes,
      grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
      token_endpoint_auth_method: 'private_key_jwt',
      created: now.toISOString(),
      last_updated: now.toISOString(),
    },
    keys: keys.map((key) => registeredKey(key, now)),
  };
}

export function newScope(wanted: NewScope, now: Date): ScopeRecord {
  const [prefix = '', ...rest] = wanted.name.split(':');
  const scope: Scope = {
    prefix,
    subscope: rest.join(':'),
    description: wanted.name,
    active: true,
    owner_orgno: DIGDIR,
    visibility: 'PUBLIC',
    allowed_integration_types: ['maskinporten'],
    token_type: 'SELF_CONTAINED',
    accessible_for_all: false,
    at_max_age: 0,
    authorization_max_lifetime: 0,
    requires_user_consent: false,
    requires_user_authentication: false,
    requires_pseudonymous_tokens: false,
    created: now.toISOString(),
    last_updated: now.toISOString(),
    ...wanted,
  };
  return { scope, delegations: [] };
}

/** Keeps the members that are public, whatever else the caller's object holds. */
export function registeredKey(key: PublicJwk, now: Date): RegisteredKey {
  return {
    kid: key.kid,
    kty: key.kty,
    n: key.n,
    e: key.e,
    use: 'sig',
    alg: key.alg ?? 'RS256',
    ...(key.x5c && { x5c: key.x5c }),
    exp: key.exp ?? Math.floor(now.getTime() / 1000) + YEAR,
    created: now.toISOString(),
    last_updated: now.toISOString(),
  };
}

export function certificateKey(locked: LockedTo): PublicJwk {
  const certificate = new X509Certificate(locked.certificate);
  const { n, e } = certificate.publicKey.export({ format: 'jwk' });
  if (n === undefined || e === undefined)
    throw new Error('A client can only be locked to a certificate with an RSA key');
  return { kid: locked.kid, kty: 'RSA', n, e, use: 'sig', x5c: [certificate.raw.toString('base64')] };
}
