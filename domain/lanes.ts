/** Work on many things, a few at a time. */

/**
 * Does the work for every item, begun in their order, as many side by side as there are lanes. An item that had not begun
 * when `over` became true is left out: `undefined` stands in its place.
 */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<Result>,
  over: () => boolean = () => false,
): Promise<(Result | undefined)[]> {
  const results: (Result | undefined)[] = items.map(() => undefined);
  // All lanes take from the one iterator, so each item has its turn once.
  const waiting = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (over()) return;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}
