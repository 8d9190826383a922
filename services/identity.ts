/** Verified identity: an OIDC ID token that is bound to the digest of a plan (OpenID Connect Core 1.0 section 2). */

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Refusal } from '../domain/refusal.ts';
import { request } from './http.ts';
import type { Limits } from './limits.ts';

export type Identity = ReturnType<typeof createIdentity>;

export function createIdentity() {
  return {
    /**
     * The person whom the token names (`email` when verified, else `sub`). `DECISION_UNVERIFIED` when issuer, signature
     * or life are wrong, or when neither its only audience nor its nonce is the digest.
     */
    async personOf(idToken: string, issuer: string, digest: string, limits: Limits): Promise<string> {
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
      if (!isBoundTo(payload, digest)) {
        throw new Refusal('DECISION_UNVERIFIED', 'Neither the audience nor the nonce of the ID token is the digest.');
      }
      const { email, email_verified: verified, sub } = payload;
      return typeof email === 'string' && verified === true ? email : String(sub);
    },
  };
}

function isBoundTo(payload: { aud?: string | string[]; nonce?: unknown }, digest: string): boolean {
  const audiences = payload.aud === undefined ? [] : [payload.aud].flat();
  return (audiences.length === 1 && audiences[0] === digest) || payload.nonce === digest;
}
