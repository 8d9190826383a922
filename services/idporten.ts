/**
 * ID-porten: its metadata, and the request by which a client's key is proven: a pushed authorization request with
 * `private_key_jwt` (RFC 9126, RFC 7523; Digdir, "PAR" and "Token"; the seed document: `kid` is set, `x5c` is not, `aud` is
 * the issuer).
 */

import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { Refusal } from '../domain/refusal.ts';
import { request } from './http.ts';
import type { Reply } from './http.ts';
import type { Limits } from './limits.ts';
import type { Clock } from './maskinporten.ts';

export type IdportenMetadata = {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly tokenEndpoint: string;
  readonly parEndpoint: string;
};

/** The login that the client's application will begin. */
export type Login = { readonly clientId: string; readonly redirectUri: string; readonly scopes: readonly string[] };

export type Idporten = ReturnType<typeof createIdporten>;

/** Milliseconds that the metadata are kept: Digdir advises a day, and an hour is as good as none in requests. */
const kept = 3_600_000;

/** Seconds; Digdir takes two minutes at most. */
const assertionLifetime = 60;

const suffix = '/.well-known/openid-configuration';

export function createIdporten(metadataAddress: string, clock: Clock) {
  let known: { readonly at: number; readonly metadata: IdportenMetadata } | undefined;

  /** Reads the metadata, at most once an hour. `METADATA_UNREACHABLE`, or `IDPORTEN_METADATA_INVALID`. */
  async function metadata(limits: Limits): Promise<IdportenMetadata> {
    const now = clock.now().getTime();
    if (known && now - known.at < kept) return known.metadata;
    const reply = await request(metadataAddress, { method: 'GET' }, limits).catch((error: unknown) => {
      if (error instanceof Refusal) throw new Refusal('METADATA_UNREACHABLE', error.message, { passing: true });
      throw error;
    });
    if (reply.status !== 200) {
      throw new Refusal('METADATA_UNREACHABLE', `${metadataAddress} answered with HTTP ${reply.status}.`);
    }
    known = { at: now, metadata: readMetadata(reply, metadataAddress) };
    return known.metadata;
  }

  /** Pushes a login that nobody will go on with, authenticated by the key. */
  async function push(login: Login, key: JWK, limits: Limits): Promise<Reply> {
    const { issuer, parEndpoint } = await metadata(limits);
    const body = new URLSearchParams({
      client_id: login.clientId,
      response_type: 'code',
      redirect_uri: login.redirectUri,
      scope: login.scopes.join(' '),
      state: randomBytes(16).toString('base64url'),
      nonce: randomBytes(16).toString('base64url'),
      code_challenge: randomBytes(32).toString('base64url'),
      code_challenge_method: 'S256',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(login.clientId, issuer, key, clock),
    });
    return await request(parEndpoint, { method: 'POST', body }, limits);
  }

  return {
    metadata,

    /**
     * Resolves when ID-porten accepts the key as the client's. A refusal for another reason than the key counts as
     * authentication only if the same request with an unknown key fails differently. Refused: `CLIENT_KEY_REFUSED`
     * (passing: it may not have arrived yet), `CLIENT_KEY_UNPROVEN`.
     */
    async proveKey(login: Login, key: JWK, limits: Limits): Promise<void> {
      const reply = await push(login, key, limits);
      if (reply.status === 201 || reply.status === 200) return;
      if (isAboutTheKey(reply)) throw new Refusal('CLIENT_KEY_REFUSED', answered(reply));
      const other = await push(login, await unknownKey(), limits);
      if (isAboutTheKey(other)) return;
      throw new Refusal('CLIENT_KEY_UNPROVEN', answered(reply));
    },
  };
}

function readMetadata({ json }: Reply, address: string): IdportenMetadata {
  const names = ['issuer', 'jwks_uri', 'token_endpoint', 'pushed_authorization_request_endpoint'] as const;
  const [issuer, jwksUri, tokenEndpoint, parEndpoint] = names.map((name) => json[name]);
  if (
    typeof issuer !== 'string' ||
    typeof jwksUri !== 'string' ||
    typeof tokenEndpoint !== 'string' ||
    typeof parEndpoint !== 'string'
  ) {
    throw new Refusal('IDPORTEN_METADATA_INVALID', `${address} lacks one of ${names.join(', ')}.`);
  }
  if (address !== `${issuer.replace(/\/$/, '')}${suffix}`) {
    throw new Refusal('IDPORTEN_METADATA_INVALID', `${address} says that its issuer is ${issuer}.`);
  }
  return { issuer, jwksUri, tokenEndpoint, parEndpoint };
}

async function signAssertion(clientId: string, issuer: string, key: JWK, clock: Clock): Promise<string> {
  const issuedAt = Math.floor(clock.now().getTime() / 1000);
  return await new SignJWT({ jti: clock.uuid() })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid ?? '' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + assertionLifetime)
    .sign(await importJWK(key, 'RS256'));
}

/** A key that nobody has registered. */
async function unknownKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomBytes(16).toString('hex') };
}

/** RFC 6749 section 5.2: `invalid_client`, with 401 where it was in a header and either otherwise. */
const isAboutTheKey = ({ status, json }: Reply): boolean => status === 401 || json['error'] === 'invalid_client';

function answered({ status, json }: Reply): string {
  const [error, description] = [json['error'], json['error_description']];
  return `ID-porten answered ${typeof error === 'string' ? error : `HTTP ${status}`}: ${typeof description === 'string' ? description : 'no description'}`;
}
