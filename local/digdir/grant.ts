/**
 * Judges a JWT grant (RFC 7523) as Maskinporten does: its form, whose it is, what it is signed with, what it claims.
 *
 * Source: maskinporten_protocol_jwtgrant (2024-10, June 2025), and what working clients show.
 */

import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from 'jose';
import type { Trust } from './certificate-rules.ts';
import { checkClaims, type GrantClaims } from './grant-claims.ts';
import { checkSignature } from './grant-signature.ts';
import { TokenRefusal } from './maskinporten-errors.ts';
import type { ClientRecord, OAuthClient } from './models.ts';

export type GrantContext = {
  readonly issuer: string;
  /** On Digdir's clock. */
  readonly now: Date;
  readonly trust: Trust;
  /** As far as the token endpoint knows yet. */
  client(id: string): ClientRecord | undefined;
  /** False when the grant was used before. */
  use(grant: string, exp: number): boolean;
};

export type VerifiedGrant = {
  readonly client: OAuthClient;
  readonly claims: GrantClaims;
  /** How the client proved itself: the token's `client_amr`. */
  readonly method: 'virksomhetssertifikat' | 'private_key_jwt';
};

/** Verifies the grant and uses it up. Throws a `TokenRefusal` with the first error found. */
export async function verifyGrant(assertion: string, context: GrantContext): Promise<VerifiedGrant> {
  const { header, payload } = decode(assertion);
  checkHeader(header);
  const record = findClient(payload.iss, context);
  await checkSignature(assertion, header, record, context);
  const claims = checkClaims(payload, context);
  const name = claims.jti ?? createHash('sha256').update(assertion).digest('hex');
  if (!context.use(`${record.client.client_id} ${name}`, claims.exp)) {
    throw new TokenRefusal('MP-012', `grant ${name} was used before`);
  }
  return { client: record.client, claims, method: header.x5c ? 'virksomhetssertifikat' : 'private_key_jwt' };
}

/** What an assertion says of itself, unverified. */
export function decode(assertion: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), payload: decodeJwt(assertion) };
  } catch {
    throw new TokenRefusal('MP-011', 'the assertion is not a signed JWT');
  }
}

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

function checkHeader(header: ProtectedHeaderParameters): void {
  if (!ALGORITHMS.includes(header.alg ?? '')) throw new TokenRefusal('MP-011', `alg ${header.alg}`);
  if (header.x5c !== undefined && !isStringList(header.x5c)) {
    throw new TokenRefusal('MP-123', 'x5c is not an array of strings');
  }
  if ((header.kid === undefined) === (header.x5c === undefined)) {
    throw new TokenRefusal('MP-011', 'exactly one of kid and x5c must be there');
  }
}

function findClient(id: string | undefined, context: GrantContext): ClientRecord {
  const record = id === undefined ? undefined : context.client(id);
  if (!record) throw new TokenRefusal('MP-100', `client ${id} is not known here, or not yet`);
  if (!record.client.active) throw new TokenRefusal('MP-100', `client ${id} is inactive`);
  if (!record.client.grant_types.includes(JWT_BEARER)) throw new TokenRefusal('MP-100', `client ${id} logs people in`);
  return record;
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
}
