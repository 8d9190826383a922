/**
 * Records by id, each in a file of its own that is replaced as a whole, so that a killed process leaves the former or
 * the new record, and the cost of a change does not grow with the number of records.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Collection<Item> = {
  get(id: string): Item | undefined;
  /** The record as it was at a moment (milliseconds since 1970): what a reader that lags behind sees. */
  asOf(id: string, moment: number): Item | undefined;
  all(): Item[];
  put(id: string, item: Item): void;
  remove(id: string): void;
};

type Version<Item> = { readonly since: number; readonly item: Item | null };
type Entry<Item> = { readonly id: string; readonly versions: readonly Version<Item>[] };

/** More former versions than changes fit into a propagation delay. */
const KEPT_VERSIONS = 20;

export function openCollection<Item>(folder: string, clock: () => Date): Collection<Item> {
  const entries = readEntries<Item>(folder);

  const add = (id: string, item: Item | null) => {
    const former = entries.get(id)?.versions ?? [];
    const entry = { id, versions: [...former, { since: clock().getTime(), item }].slice(-KEPT_VERSIONS) };
    replaceFile(join(folder, fileName(id)), JSON.stringify(entry));
    entries.set(id, entry);
  };
  const current = (entry: Entry<Item> | undefined) => entry?.versions.at(-1)?.item ?? undefined;

  return {
    get: (id) => current(entries.get(id)),
    asOf: (id, moment) => entries.get(id)?.versions.findLast((version) => version.since <= moment)?.item ?? undefined,
    all: () => [...entries.values()].map(current).filter((item) => item !== undefined),
    put: add,
    remove: (id) => add(id, null),
  };
}

/** Of the longest ids a digest: file systems end at 255 bytes. */
function fileName(id: string): string {
  const readable = encodeURIComponent(id);
  return `${readable.length > 200 ? createHash('sha256').update(id).digest('hex') : readable}.json`;
}

/** Writes beside the file and renames: a reader sees the former content or the new one, never a part. */
export function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function readEntries<Item>(folder: string): Map<string, Entry<Item>> {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const entries = names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Entry<Item>);
  return new Map(entries.map((entry) => [entry.id, entry]));
}
