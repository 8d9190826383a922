/** What one answer of an activity has room for: Temporal keeps two megabytes at most. */

/** Characters. */
const room = 1_200_000;

/** As many of the first as there is room for. */
export function withRoom<T>(items: readonly T[]): readonly T[] {
  let left = room;
  const end = items.findIndex((item) => (left -= JSON.stringify(item).length) < 0);
  return end === -1 ? items : items.slice(0, end);
}
