/** What must never be found: the private parts of keys, and what makes a token valid. Names never tell the secret. */

import { createHash, createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';

export type Secret = {
  /** For people: which part of what. */
  readonly name: string;
  readonly bytes: Uint8Array;
};

/** The private members of a JWK (RFC 7518 sections 6.2.2, 6.3.2). The modulus is public, and not among them. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const;

export function secretsOfKey(key: KeyObject | JsonWebKey): Secret[] {
  const privateKey = key instanceof KeyObject ? key : createPrivateKey({ key, format: 'jwk' });
  const jwk = privateKey.export({ format: 'jwk' });
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const owner = `the private key whose public key has SHA-256 ${shortDigest(publicKey)}`;
  return privateMembers.flatMap((member) => {
    const value = jwk[member];
    return typeof value === 'string' ? [{ name: `${member} of ${owner}`, bytes: Buffer.from(value, 'base64url') }] : [];
  });
}

/**
 * A token (or an assertion) opens nothing without its signature, and header and claims may stand elsewhere by right: it
 * is the signature that is looked for. None for what is no signed JWT.
 */
export function secretsOfToken(token: string): Secret[] {
  const [, , signature] = token.split('.');
  if (!signature) return [];
  const name = `the signature of the token with SHA-256 ${shortDigest(token)}`;
  return [{ name, bytes: Buffer.from(signature, 'base64url') }];
}

/** The private keys in what a secret holds: a key as JWK, or an object of texts, such as credentials, of which some are. */
export function secretsOfStored(data: Buffer): Secret[] {
  const value = parseObject(data.toString());
  return [value, ...Object.values(value).map((text) => parseObject(text))].filter(isPrivateKey).flatMap(secretsOfKey);
}

function parseObject(text: unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const isPrivateKey = (value: JsonWebKey): boolean => typeof value.kty === 'string' && typeof value.d === 'string';

const shortDigest = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex').slice(0, 16);
