/** What an application is given to log people in with ID-porten: a folder with one file for each variable. */

import type { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const VARIABLES = [
  'IDPORTEN_CLIENT_ID',
  'IDPORTEN_CLIENT_JWK',
  'IDPORTEN_REDIRECT_URI',
  'IDPORTEN_WELL_KNOWN_URL',
  'IDPORTEN_ISSUER',
  'IDPORTEN_JWKS_URI',
  'IDPORTEN_TOKEN_ENDPOINT',
] as const;

export type Credentials = Readonly<Record<(typeof VARIABLES)[number], string>>;

/** Rejects when one of the files is missing or empty. */
export async function readCredentials(folder: string): Promise<Credentials> {
  const entries = VARIABLES.map(async (name) => {
    const value = (await readFile(join(folder, name), 'utf8')).trim();
    if (value === '') throw new Error(`${join(folder, name)} is empty`);
    return [name, value] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Credentials;
}

export type SigningKey = { readonly key: webcrypto.CryptoKey; readonly kid: string };

/** The private key, with the `kid` under which ID-porten has its public half. No error tells anything of the key. */
export async function signingKeyOf({ IDPORTEN_CLIENT_JWK: text }: Credentials): Promise<SigningKey> {
  try {
    const { kid, ...jwk } = JSON.parse(text) as webcrypto.JsonWebKey & { readonly kid?: unknown };
    if (typeof kid !== 'string' || jwk.alg !== 'RS256') throw new Error('no kid, or another algorithm');
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    return { kid, key: await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']) };
  } catch {
    throw new Error('IDPORTEN_CLIENT_JWK is not a private RSA key as a JWK with kid and alg RS256');
  }
}
