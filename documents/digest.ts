/** The digest that decisions are bound to: SHA-256 over the canonical JSON form of a value (RFC 8785). */

import { createHash } from 'node:crypto';

/**
 * `sha256:` and 64 hexadecimal digits: equal for equal values whatever the order of their keys, different otherwise.
 * Takes plain JSON values only, and throws a TypeError for anything that JSON would drop or bend: undefined, functions,
 * NaN, dates, buffers, cycles, lone surrogates.
 */
export function digest(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/** The one text of a JSON value: keys in order, no space (RFC 8785). Throws a TypeError as `digest` does. */
export function canonicalJson(value: unknown, path = '$', parents: readonly object[] = []): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && value.isWellFormed()) return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== 'object') throw new TypeError(`${path} is no JSON value (${typeof value})`);
  if (parents.includes(value)) throw new TypeError(`${path} contains itself`);

  const within = [...parents, value];
  if (Array.isArray(value)) {
    // Array.from visits the holes of a sparse array too, so that they are refused like any other undefined.
    const items = Array.from(value, (item: unknown, index) => canonicalJson(item, `${path}[${index}]`, within));
    return `[${items.join(',')}]`;
  }
  if (!isPlain(value)) throw new TypeError(`${path} is no plain object`);
  // RFC 8785 section 3.2.3 orders keys by UTF-16 code units, which is what sort() does.
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      const member: unknown = Reflect.get(value, key);
      return `${canonicalJson(key, `the key at ${path}`, [])}:${canonicalJson(member, `${path}.${key}`, within)}`;
    });
  return `{${members.join(',')}}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.getOwnPropertySymbols(value).length === 0;
}
