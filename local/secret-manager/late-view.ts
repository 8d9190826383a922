/**
 * Secrets as late readers see them. Adding a version and accessing it by number is strongly consistent; `latest`, aliases,
 * metadata and lists may lag (Secret Manager documentation, consistency).
 */
import type { Records } from '../grpc/records.ts';

type Moment<T> = { readonly at: number; readonly record: T | undefined };

export type LateRecords<T> = Records<T> & {
  /** The record as it was `lag` milliseconds ago; undefined while a new one is not seen yet. */
  seen(name: string): T | undefined;
  allSeen(): readonly T[];
};

/** Remembers former states in memory, as far back as the present lag asks for; a restart forgets them. */
export function withLateView<T extends { readonly name: string }>(
  records: Records<T>,
  now: () => number,
  lag: () => number,
): LateRecords<T> {
  const past = new Map<string, Moment<T>[]>();

  function remember(name: string, before: T | undefined, after: T | undefined): void {
    const moments = past.get(name) ?? [{ at: -Infinity, record: before }];
    const horizon = now() - lag();
    const needed = moments.filter((_, index) => (moments[index + 1]?.at ?? Infinity) > horizon);
    past.set(name, [...needed, { at: now(), record: after }]);
  }

  function seen(name: string): T | undefined {
    const moments = past.get(name);
    if (!moments) return records.get(name);
    const horizon = now() - lag();
    return (moments.findLast(({ at }) => at <= horizon) ?? moments[0])?.record;
  }

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
    allSeen: () =>
      [...new Set([...records.all().map(({ name }) => name), ...past.keys()])].flatMap((name) => seen(name) ?? []),
  };
}
