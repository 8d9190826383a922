/**
 * The keys that are registered on a client: which are ours, which stay, which go. Digdir takes five at most, and knows
 * only the whole set, so every write carries the keys of others along (facts of the self-service API, "Keys").
 */

import type { ClientRecord, RecordedKey } from './client-record.ts';

/** A public key as Digdir returns it: whatever members it has are sent back as they are. */
export type RegisteredKey = {
  readonly kid: string;
  /** Unix seconds. */
  readonly exp?: number;
  readonly [member: string]: unknown;
};

export const mostKeys = 5;

/** A key is replaced when a third of its life is left: half a year is the usual life, a year the longest. */
const renewedAfter = 2 / 3;

export const isRegistered = (keys: readonly RegisteredKey[], kid: string): boolean =>
  keys.some((key) => key.kid === kid);

export const keyOf = (record: ClientRecord | undefined, role: RecordedKey['role']): RecordedKey | undefined =>
  record?.keys.find((key) => key.role === role);

export const oldKeysOf = (record: ClientRecord | undefined): readonly RecordedKey[] =>
  record?.keys.filter(({ role }) => role === 'old') ?? [];

export const isForeign = (record: ClientRecord | undefined, { kid }: RegisteredKey): boolean =>
  !record?.keys.some((key) => key.kid === kid);

/** Whether Digdir no longer takes the key. */
export const hasExpired = ({ exp }: RegisteredKey, now: Date): boolean =>
  exp !== undefined && exp * 1000 <= now.getTime();

/** Whether two thirds of the key's life are over; never where its end is not known. */
export function isDue({ created }: RecordedKey, registered: RegisteredKey | undefined, now: Date): boolean {
  if (registered?.exp === undefined) return false;
  return now.getTime() >= renewalOf(created, registered.exp * 1000);
}

/** Life of a key of which it is not known when it was made: half a year, which is usual. Milliseconds. */
const usualLife = 180 * 86_400_000;

/** When two thirds of a key's life are over. `created`: ISO 8601, or unknown; milliseconds since 1970 for the others. */
export function renewalOf(created: unknown, end: number): number {
  const known = typeof created === 'string' ? Date.parse(created) : Number.NaN;
  const from = Number.isNaN(known) || known > end ? end - usualLife : known;
  return from + (end - from) * renewedAfter;
}

/** The set with one key more, without our own that have expired. `use` is added where it lacks: Digdir has asked for it since 2025. */
export function withKey(
  keys: readonly RegisteredKey[],
  added: RegisteredKey,
  record: ClientRecord,
  now: Date,
): RegisteredKey[] {
  const others = keys.filter((key) => key.kid !== added.kid && (isForeign(record, key) || !hasExpired(key, now)));
  return [...others, added].map(withUse);
}

/** The set without these keys. */
export const withoutKeys = (keys: readonly RegisteredKey[], kids: readonly string[]): RegisteredKey[] =>
  keys.filter(({ kid }) => !kids.includes(kid)).map(withUse);

/** The set, in which these keys end at `exp` (unix seconds) if they would not end before. */
export const withEnd = (keys: readonly RegisteredKey[], kids: readonly string[], exp: number): RegisteredKey[] =>
  keys.map((key) => withUse(kids.includes(key.kid) ? { ...key, exp: Math.min(key.exp ?? exp, exp) } : key));

const withUse = (key: RegisteredKey): RegisteredKey => ({ ...key, use: key['use'] ?? 'sig' });
