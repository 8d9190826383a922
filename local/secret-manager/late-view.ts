/**
 * Secrets as late readers see them. Adding a version and accessing it by number is strongly consistent; `latest`, aliases,
 * metadata and lists may lag (Secret Manager documentation, consistency).
 */
import type { Records } from '../grpc/records.ts';

/** How far behind late readers are, in milliseconds; may change at any time. Metadata as much as the rest when absent. */
export type Lags = { readonly staleLatest: number; readonly staleMetadata?: number | undefined };

type Moment<T> = { readonly at: number; readonly record: T | undefined };

export type LateRecords<T> = Records<T> & {
  /** The record as its metadata are shown now; undefined while a new one is not seen yet. */
  seen(name: string): T | undefined;
  /** The record as `latest` and aliases go by it. */
  seenLatest(name: string): T | undefined;
  allSeen(): readonly T[];
};

/** Remembers former states in memory, as far back as the present lags ask for; a restart forgets them. */
export function withLateView<T extends { readonly name: string }>(
  records: Records<T>,
  now: () => number,
  lags: Lags,
): LateRecords<T> {
  const past = new Map<string, Moment<T>[]>();
  const ofMetadata = (): number => lags.staleMetadata ?? lags.staleLatest;

  function remember(name: string, before: T | undefined, after: T | undefined): void {
    const moments = past.get(name) ?? [{ at: -Infinity, record: before }];
    const horizon = now() - Math.max(lags.staleLatest, ofMetadata());
    const needed = moments.filter((_, index) => (moments[index + 1]?.at ?? Infinity) > horizon);
    past.set(name, [...needed, { at: now(), record: after }]);
  }

  function shown(name: string, lag: number): T | undefined {
    const moments = past.get(name);
    if (!moments) return records.get(name);
    const horizon = now() - lag;
    return (moments.findLast(({ at }) => at <= horizon) ?? moments[0])?.record;
  }

  const seen = (name: string): T | undefined => shown(name, ofMetadata());

  return {
    ...records,
    put(record) {
      const before = records.get(record.name);
      records.put(record);
      remember(record.name, before, record);
    },
    remove(name) {
      const before = records.get(name);
      records.remove(name);
      remember(name, before, undefined);
    },
    seen,
    seenLatest: (name) => shown(name, lags.staleLatest),
    allSeen: () =>
      [...new Set([...records.all().map(({ name }) => name), ...past.keys()])].flatMap((name) => seen(name) ?? []),
  };
}
