/** Verified identity: an OIDC ID token that is bound to the digest of a plan (OpenID Connect Core 1.0 section 2). */

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Refusal } from '../domain/refusal.ts';
import { request } from './http.ts';
import type { Limits } from './limits.ts';

export type Expected = { readonly issuer: string; readonly digest: string; readonly audience?: string };

export type Identity = ReturnType<typeof createIdentity>;

export function createIdentity() {
  return {
    /**
     * The person whom the token names (`email` when verified, else `sub`). `DECISION_UNVERIFIED` when issuer, signature
     * or life are wrong, or when it is not bound to the digest: as its only
     * audience, or as its nonce where the only audience is the one that the policy names. Any application of the issuer
     * can send a person through a login with a nonce of its choice, so a nonce alone proves nothing.
     */
    async personOf(idToken: string, expected: Expected, limits: Limits): Promise<string> {
      const { issuer } = expected;
      const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const metadata = await request(address, { method: 'GET' }, limits);
      const jwks = metadata.json['jwks_uri'];
      if (metadata.json['issuer'] !== issuer || typeof jwks !== 'string') {
        throw new Refusal('DECISION_UNVERIFIED', `${address} is not the metadata of ${issuer}.`);
      }
      const keys = createRemoteJWKSet(new URL(jwks), { timeoutDuration: limits.timeout });
      const { payload } = await jwtVerify(idToken, keys, { issuer, requiredClaims: ['exp', 'iat', 'sub'] }).catch(
        (error: unknown) => {
          throw new Refusal('DECISION_UNVERIFIED', `The ID token is refused: ${(error as Error).message}.`);
        },
      );
      if (!isBoundTo(payload, expected)) {
        throw new Refusal('DECISION_UNVERIFIED', 'The ID token is not bound to the digest by its audience or nonce.');
      }
      const { email, email_verified: verified, sub } = payload;
      return typeof email === 'string' && verified === true ? email : String(sub);
    },
  };
}

function isBoundTo(payload: { aud?: string | string[]; nonce?: unknown }, { digest, audience }: Expected): boolean {
  const [only, ...others] = payload.aud === undefined ? [] : [payload.aud].flat();
  if (only === undefined || others.length > 0) return false;
  return only === digest || (audience !== undefined && only === audience && payload.nonce === digest);
}
