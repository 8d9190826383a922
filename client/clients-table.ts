/** One table of many clients. */

import { textTable } from './output.ts';

export type ClientRow = {
  readonly client: string;
  readonly outcome: string;
  /** What stands in the other columns. */
  readonly facts: readonly string[];
};

/** Rows up to which the clients that were as they should be are listed too. */
const fullTable = 20;

/** Sorted by name; of many rows those without a change are only counted, unless all are asked for. */
export function clientsTable(head: readonly string[], rows: readonly ClientRow[], all = false): string {
  const sorted = rows.toSorted((one, other) => (one.client < other.client ? -1 : 1));
  const listed = all || rows.length <= fullTable ? sorted : sorted.filter(({ outcome }) => outcome !== 'unchanged');
  const counted = rows.length - listed.length;
  const lines = listed.length > 0 ? [textTable(head, listed.map(cells))] : [];
  return [...lines, ...(counted > 0 ? [`${counted} unchanged (--all lists them)`] : [])].join('\n');
}

const cells = ({ client, outcome, facts }: ClientRow): string[] => [client, outcome, ...facts];

/** How many clients there are of each outcome, in one line. */
export function countsLine(rows: readonly ClientRow[]): string {
  const counts = [...Map.groupBy(rows, ({ outcome }) => outcome)].map(([outcome, of]) => `${of.length} ${outcome}`);
  return `${rows.length} clients: ${counts.join(', ')}`;
}

/** What is said of clients, each text once: of how many, some of them by name. */
export function groupedLines(said: readonly (readonly [client: string, text: string])[]): string[] {
  const groups = Map.groupBy(said, ([, text]) => text);
  return [...groups].map(([text, of]) => `${namesOf(of.map(([client]) => client))}: ${text}`);
}

/** Names that are told of clients of which the same is said. */
const named = 3;

const namesOf = (clients: readonly string[]): string =>
  clients.length <= named
    ? clients.join(', ')
    : `${clients.slice(0, named).join(', ')} and ${clients.length - named} more`;
