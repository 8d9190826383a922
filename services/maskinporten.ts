/**
 * Maskinporten: its metadata, and the JWT grant with an assertion that KMS signs (RFC 7523; Digdir, "JWT grant"; the
 * seed document: the key never leaves KMS, which signs what is handed to it).
 */

import { readTokenRefusal } from '../domain/token-refusal.ts';
import type { Assertion } from '../domain/active-document.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from './limits.ts';
import { request } from './http.ts';

export type MaskinportenMetadata = {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** Empty where the metadata name none. */
  readonly jwksUri: string;
};

export type Grant = {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** `x5c` sends the chain (base64 DER, leaf first); `kid` the id of the key that is registered on the client. */
  readonly assertion: Assertion;
  readonly chain: readonly string[];
};

export type Token = {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly scopes: readonly string[];
};

/** Makes an RS256 signature over the bytes. */
export type Signer = (data: Uint8Array) => Promise<Uint8Array>;

export type Clock = { now(): Date; uuid(): string };

export type Maskinporten = ReturnType<typeof createMaskinporten>;

/** Digdir refuses assertions that live longer (docs, "JWT grant": exp - iat <= 120). */
const assertionLifetime = 110;

export function createMaskinporten(metadataAddress: string, clock: Clock) {
  /**
   * Reads the metadata anew. `METADATA_UNREACHABLE` (passing when there was no answer), or `METADATA_INVALID` when issuer
   * and address do not fit.
   */
  async function metadata(limits: Limits): Promise<MaskinportenMetadata> {
    const reply = await request(metadataAddress, { method: 'GET' }, limits).catch((error: unknown) => {
      if (error instanceof Refusal) throw new Refusal('METADATA_UNREACHABLE', error.message, { passing: true });
      throw error;
    });
    if (reply.status !== 200) {
      throw new Refusal('METADATA_UNREACHABLE', `${metadataAddress} answered with HTTP ${reply.status}.`);
    }
    const { issuer, token_endpoint: tokenEndpoint, jwks_uri: jwksUri } = reply.json;
    if (typeof issuer !== 'string' || typeof tokenEndpoint !== 'string') {
      throw new Refusal('METADATA_INVALID', `${metadataAddress} names no issuer or no token endpoint.`);
    }
    if (metadataAddress !== `${issuer}${issuer.endsWith('/') ? '' : '/'}.well-known/oauth-authorization-server`) {
      throw new Refusal('METADATA_INVALID', `${metadataAddress} says that its issuer is ${issuer}.`);
    }
    return { issuer, tokenEndpoint, jwksUri: typeof jwksUri === 'string' ? jwksUri : '' };
  }

  return {
    metadata,

    /**
     * A token for the scopes, never from a cache: this is what proofs use. Refused: an `ASSERTION_…` code with Digdir's
     * own words and trace id; not answered: `DIGDIR_UNAVAILABLE`.
     */
    async grant(grant: Grant, sign: Signer, limits: Limits): Promise<Token> {
      const { issuer, tokenEndpoint } = await metadata(limits);
      const assertion = await signAssertion(grant, issuer, sign, clock);
      const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
      const reply = await request(tokenEndpoint, { method: 'POST', body }, limits);
      if (reply.status !== 200) throw tokenRefusal(reply.status, reply.json);
      const { access_token: accessToken, expires_in: expiresIn, scope } = reply.json;
      if (typeof accessToken !== 'string') throw new Refusal('DIGDIR_UNAVAILABLE', 'The token answer holds no token.');
      // RFC 6749 section 5.1: left out where it is what was asked for.
      const scopes = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : grant.scopes;
      return { accessToken, expiresIn: Number(expiresIn), scopes };
    },
  };
}

/** The signed JWT: header with exactly one of `x5c` and `kid`, claims as the JWT grant asks (RFC 7515 section 5.1). */
async function signAssertion(grant: Grant, issuer: string, sign: Signer, clock: Clock): Promise<string> {
  const issuedAt = Math.floor(clock.now().getTime() / 1000);
  const key = grant.assertion.style === 'kid' ? { kid: grant.assertion.kid } : { x5c: grant.chain };
  const header = { alg: 'RS256', typ: 'JWT', ...key };
  const claims = {
    aud: issuer,
    iss: grant.clientId,
    scope: grant.scopes.join(' '),
    iat: issuedAt,
    exp: issuedAt + assertionLifetime,
    jti: clock.uuid(),
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signingInput = `${encode(header)}.${encode(claims)}`;
  const signature = await sign(Buffer.from(signingInput, 'ascii'));
  return `${signingInput}.${Buffer.from(signature).toString('base64url')}`;
}

function tokenRefusal(status: number, body: Record<string, unknown>): Refusal {
  const error = typeof body['error'] === 'string' ? body['error'] : `HTTP ${status}`;
  const description = typeof body['error_description'] === 'string' ? body['error_description'] : '';
  const { code, mayBePropagation, passing } = readTokenRefusal(description);
  return new Refusal(code, `Maskinporten answered ${error}: ${description || 'no description'}`, {
    passing: mayBePropagation || passing,
  });
}
