/** ID-porten as this application knows it: its metadata, and how the application says who it is. */

import * as oidc from 'openid-client';
import { type Credentials, signingKeyOf } from './credentials.ts';

/** Metadata and keys are fetched anew when the credentials change. */
export type Connect = (credentials: Credentials) => Promise<oidc.Configuration>;

export function createConnect(): Connect {
  let last: { readonly known: string; readonly configuration: oidc.Configuration } | undefined;
  return async (credentials) => {
    const known = JSON.stringify(credentials);
    if (last?.known === known) return last.configuration;
    const configuration = await discover(credentials);
    last = { known, configuration };
    return configuration;
  };
}

async function discover(credentials: Credentials): Promise<oidc.Configuration> {
  const wellKnown = new URL(credentials.IDPORTEN_WELL_KNOWN_URL);
  const configuration = await oidc.discovery(
    wellKnown,
    credentials.IDPORTEN_CLIENT_ID,
    {},
    // Each assertion has `kid` and no `x5c` in its header, the issuer as its only `aud`, and lives for a minute.
    oidc.PrivateKeyJwt(await signingKeyOf(credentials)),
    {
      execute: [
        // Otherwise TLS alone would vouch for the id_token.
        oidc.enableNonRepudiationChecks,
        // ID-porten is on https; the local one is not.
        ...(wellKnown.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
      ],
    },
  );
  const { issuer, jwks_uri, token_endpoint } = configuration.serverMetadata();
  const stated = { IDPORTEN_ISSUER: issuer, IDPORTEN_JWKS_URI: jwks_uri, IDPORTEN_TOKEN_ENDPOINT: token_endpoint };
  for (const [name, value] of Object.entries(stated)) {
    const given = credentials[name as keyof typeof stated];
    if (given !== value) throw new Error(`${name} is ${given}, but ${wellKnown.href} says ${value}`);
  }
  return configuration;
}

/** Where citizens see ID-porten, and thus where its iframes are: another host than the issuer's. */
export function browserOrigin(configuration: oidc.Configuration): string {
  return oidc.buildEndSessionUrl(configuration).origin;
}

/** What went wrong, in ID-porten's words where it was ID-porten that refused. */
export function describe(error: unknown): string {
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) {
    return `ID-porten says ${error.error}: ${error.error_description ?? 'no more'}`;
  }
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
