/** A public key as a customer registers it: RSA, for signatures, and for a year at most (oidc_func_clientreg). */

import { createPublicKey, X509Certificate } from 'node:crypto';
import { brokenRule, type Trust } from '../certificate-rules.ts';
import type { PublicJwk, RegisteredKey } from '../models.ts';
import { type Body, fieldsOf, readObject, refuseFindings } from './bodies.ts';
import { type ApiFinding, ApiRefusal } from './errors.ts';

export type KeyRules = {
  readonly now: Date;
  readonly trust: Trust;
  readonly rs384Keys: boolean;
  readonly refuseUnknownFields: boolean;
};

const FIELDS = ['kid', 'kty', 'n', 'e', 'use', 'alg', 'x5c', 'exp', 'created', 'last_updated'];
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Seconds: the longest life of a key from its registration, and its life when no `exp` is sent. */
const YEAR = 365 * 24 * 60 * 60;
const SMALLEST_MODULUS = 2048;

/** The key as it is registered. `former` is the key of the same `kid`, whose time of creation it keeps. */
export function readKey(
  value: unknown,
  former: (kid: string) => RegisteredKey | undefined,
  rules: KeyRules,
): RegisteredKey {
  const body = readObject(value);
  const jwk = readJwk(body, rules);
  const now = rules.now.toISOString();
  return {
    ...jwk,
    exp: jwk.exp ?? Math.floor(rules.now.getTime() / 1000) + YEAR,
    created: former(jwk.kid)?.created ?? now,
    last_updated: now,
  };
}

function readJwk(body: Body, rules: KeyRules): PublicJwk {
  const held = PRIVATE_MEMBERS.filter((name) => name in body);
  if (held.length > 0) throw new ApiRefusal(400, `Private key parameters are not allowed: ${held.join(', ')}`);

  const fields = fieldsOf(body);
  const algorithms = rules.rs384Keys ? (['RS256', 'RS384', 'RS512'] as const) : (['RS256', 'RS512'] as const);
  const [kid, n, e] = [fields.text('kid', 255), fields.text('n', 4000), fields.text('e', 16)];
  const [kty, use] = [fields.choice('kty', ['RSA']), fields.choice('use', ['sig'])];
  const [alg, x5c, exp] = [fields.choice('alg', algorithms), fields.texts('x5c'), fields.lifetime('exp')];
  for (const name of ['kid', 'kty', 'use', 'n', 'e']) {
    if (body[name] === undefined) fields.find(name, 'is required');
  }
  if (kid !== undefined && !/^[A-Za-z0-9._-]+$/.test(kid)) {
    fields.find('kid', 'may only have letters, digits and the characters . _ -');
  }
  if (rules.refuseUnknownFields) {
    for (const name of Object.keys(body)) if (!FIELDS.includes(name)) fields.find(name, 'is unknown');
  }
  const now = rules.now.getTime() / 1000;
  if (exp !== undefined && exp <= now) fields.find('exp', 'is in the past');
  if (exp !== undefined && exp > now + YEAR) fields.find('exp', 'is more than a year ahead');
  refuseFindings(fields.findings);
  if (kid === undefined || n === undefined || e === undefined || !kty || !use) throw new ApiRefusal(400, 'Invalid key');

  refuseFindings([...modulusFindings(n, e), ...certificateFindings(n, e, x5c, rules)]);
  return { kid, kty, n, e, use, alg: alg ?? 'RS256', ...(x5c && { x5c }), ...(exp !== undefined && { exp }) };
}

function modulusFindings(n: string, e: string): ApiFinding[] {
  const bits = modulusBits(n, e);
  if (bits === undefined) return [{ field: 'n', message: 'n and e are not an RSA key' }];
  if (bits >= SMALLEST_MODULUS) return [];
  return [{ field: 'n', message: `n has ${bits} bits, fewer than ${SMALLEST_MODULUS}` }];
}

function modulusBits(n: string, e: string): number | undefined {
  try {
    return createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' }).asymmetricKeyDetails?.modulusLength;
  } catch {
    return undefined;
  }
}

/** A key that carries a certificate is bound to it: it must be the key's own, and one that Digdir accepts. */
function certificateFindings(n: string, e: string, x5c: PublicJwk['x5c'], { trust, now }: KeyRules): ApiFinding[] {
  if (x5c === undefined) return [];
  const find = (text: string): ApiFinding[] => [{ field: 'x5c', message: `x5c ${text}` }];
  const leaf = readCertificate(x5c[0]);
  if (!leaf) return find('does not hold certificates in base64 DER');
  const own = leaf.publicKey.export({ format: 'jwk' });
  if (own.n !== n || own.e !== e) return find('is the certificate of another key');
  const broken = brokenRule(leaf, trust, now);
  return broken ? find(`is not accepted: ${broken.name}`) : [];
}

function readCertificate(base64: string | undefined): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(base64 ?? '', 'base64'));
  } catch {
    return undefined;
  }
}
