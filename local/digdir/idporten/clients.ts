/** The clients that ID-porten serves: those registered for logins, as far as it knows of them yet. */

import type { AdapterPayload } from 'oidc-provider';
import type { ClientRecord, OAuthClient } from '../models.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';

export type Clients = {
  /** An active client for logins. */
  find(id: string): ClientRecord | undefined;
  /** The same, in the words of dynamic registration (RFC 7591), without expired keys. */
  metadata(id: string): AdapterPayload | undefined;
};

/** Scopes that stand for what ID-porten itself tells; those of APIs are opaque to it. */
export const LOGIN_SCOPES = ['openid', 'profile', 'eidas', 'no_pid'];

export function clientsOf(registry: Registry, settings: DigdirSettings, clock: () => Date): Clients {
  const find = (id: string) => {
    const record = registry.clients.asOf(id, clock().getTime() - settings.propagationDelay);
    return record?.client.active && isForLogins(record.client) ? record : undefined;
  };
  return {
    find,
    metadata(id) {
      const record = find(id);
      return record && metadataOf(record, (clock().getTime() + settings.clockSkew) / 1000);
    },
  };
}

function isForLogins({ integration_type: type }: OAuthClient): boolean {
  return type === 'idporten' || type === 'api_klient';
}

/** A client secret is not among it: the local Digdir makes none. */
function metadataOf({ client, keys }: ClientRecord, now: number): AdapterPayload {
  return {
    client_id: client.client_id,
    client_name: client.client_name,
    application_type: client.application_type === 'native' ? 'native' : 'web',
    redirect_uris: [...(client.redirect_uris ?? [])],
    post_logout_redirect_uris: [...(client.post_logout_redirect_uris ?? [])],
    grant_types: [...client.grant_types],
    response_types: ['code'],
    scope: client.scopes.filter((scope) => LOGIN_SCOPES.includes(scope)).join(' '),
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    subject_type: 'pairwise',
    // Never fetched: it stands for "a subject of its own for each client", whatever its redirect URIs.
    sector_identifier_uri: `https://idporten.invalid/${encodeURIComponent(client.client_id)}`,
    jwks: {
      keys: keys.filter(({ exp }) => exp > now).map(({ kid, kty, n, e, alg }) => ({ kid, kty, n, e, alg, use: 'sig' })),
    },
  };
}
