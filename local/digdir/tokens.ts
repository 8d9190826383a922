/** Access tokens: signed JWTs with the members of Maskinporten's, and their verification by the self-service API. */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { AuthorizedGrant } from './authorization.ts';
import { replaceFile } from './collection.ts';
import type { VerifiedGrant } from './grant.ts';

type TokenAnswer = {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
};

export type Tokens = {
  /** The public half, for `/jwk`. */
  readonly keys: { readonly keys: readonly JWK[] };
  /** `lifetime` in seconds, `now` on Digdir's clock. */
  issue(grant: VerifiedGrant, authorized: AuthorizedGrant, lifetime: number, now: Date): Promise<TokenAnswer>;
  /** The payload of a token that is ours and has not expired; throws otherwise. */
  verify(token: string, now: Date): Promise<JWTPayload>;
  issued(): readonly string[];
};

/** The signing key is kept in `folder`: tokens of before a restart stay valid, at the same address. */
export async function openTokens(folder: string, issuer: string): Promise<Tokens> {
  const privateKey = openSigningKey(join(folder, 'signing-key.pem'));
  const publicKey = createPublicKey(privateKey);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const issued: string[] = [];

  return {
    keys: { keys: [{ ...jwk, kid, use: 'sig', alg: 'RS256' }] },
    async issue(grant, authorized, lifetime, now) {
      const token = await new SignJWT(tokenBody(grant, authorized))
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuer(issuer)
        .setIssuedAt(now)
        .setExpirationTime(Math.floor(now.getTime() / 1000) + lifetime)
        .setJti(randomUUID())
        .sign(privateKey);
      issued.push(token);
      return { access_token: token, token_type: 'Bearer', expires_in: lifetime, scope: grant.claims.scopes.join(' ') };
    },
    async verify(token, now) {
      const { payload } = await jwtVerify(token, publicKey, { issuer, algorithms: ['RS256'], currentDate: now });
      return payload;
    },
    issued: () => issued.slice(),
  };
}

/** As in Digdir's decoded sample of an admin token; `aud` is the `resource` asked for, else literally "unspecified". */
function tokenBody({ client, claims, method }: VerifiedGrant, authorized: AuthorizedGrant): JWTPayload {
  const source = authorized.scopes.find(({ scope }) => scope.delegation_source)?.scope.delegation_source;
  return {
    scope: claims.scopes.join(' '),
    client_amr: method,
    token_type: 'Bearer',
    aud: claims.resource ? [...claims.resource] : 'unspecified',
    client_id: client.client_id,
    client_orgno: client.client_orgno,
    consumer: organisation(authorized.consumer),
    ...(authorized.supplier !== undefined && {
      supplier: organisation(authorized.supplier),
      delegation_source: source,
    }),
    ...(claims.pid !== undefined && { pid: claims.pid }),
    ...(claims.authorizationDetails && { authorization_details: claims.authorizationDetails }),
  };
}

/** ISO 6523: 0192 is the Norwegian register of organisations. */
function organisation(number: string): { authority: string; ID: string } {
  return { authority: 'iso6523-actorid-upis', ID: `0192:${number}` };
}

/** The RSA key in the file, made when there is none. */
export function openSigningKey(file: string): KeyObject {
  if (existsSync(file)) return createPrivateKey(readFileSync(file));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  replaceFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return privateKey;
}
