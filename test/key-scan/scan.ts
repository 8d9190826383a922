/** Searching bytes for secrets, in whatever form they were written down. */

import type { Needles } from './needles.ts';
import { viewsOf } from './views.ts';

export type Find = {
  /** Name of the secret; a find never tells the secret itself. */
  readonly secret: string;
  /** `raw`, or how it was written: `base64 of base64` is what becomes of a PEM text in base64. */
  readonly form: string;
  readonly offset: number;
};

/** How many encodings inside one another are undone. */
const DEPTH = 3;

/** Every secret that `bytes` hold, once for each form, and every private key in PEM or JWK, known or not. */
export function scanBytes(needles: Needles, bytes: Buffer): Find[] {
  const finds = new Map<string, Find>();
  const search = (within: Buffer, encodings: readonly string[], offset?: number): void => {
    for (const [secret, at] of [...needles.find(within), ...markers(within)]) {
      const find = { secret, form: encodings.join(' of ') || 'raw', offset: offset ?? at };
      const key = `${secret} ${find.form}`;
      if (!finds.has(key)) finds.set(key, find);
    }
    if (encodings.length === DEPTH) return;
    for (const view of viewsOf(within)) search(view.bytes, [...encodings, view.form], offset ?? view.offset);
  };
  search(bytes, []);
  return [...finds.values()];
}

/** Private keys that give themselves away, whoever made them. */
function markers(bytes: Buffer): Map<string, number> {
  const found = new Map<string, number>();
  const pem = bytes.indexOf('PRIVATE KEY-----');
  if (pem !== -1) found.set('a private key as PEM', pem);
  for (let at = bytes.indexOf('"kty'); at !== -1; at = bytes.indexOf('"kty', at + 1)) markJwk(at);
  for (let at = bytes.indexOf('kty\\"'); at !== -1; at = bytes.indexOf('kty\\"', at + 1)) markJwk(at);
  return found;

  function markJwk(at: number): void {
    const around = bytes.toString('latin1', Math.max(0, at - JWK_REACH), at + JWK_REACH);
    if (!found.has(jwkMarker) && privateMember.test(around)) found.set(jwkMarker, at);
  }
}

const jwkMarker = 'a private key as JWK';
/** An RSA key of 4096 bits is 3.2 kB of JSON. */
const JWK_REACH = 4_000;
/** A private member with a value that may be a key: 32 bytes or more. */
const privateMember = /"(?:d|p|q|dp|dq|qi)\\*"\s*:\s*\\*"[A-Za-z0-9_-]{43,}/;
