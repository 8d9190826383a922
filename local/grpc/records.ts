/** Records of one kind, kept in memory and in a folder: one JSON file each, replaced atomically before `put` returns. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { unavailable } from './rpc-error.ts';

export type Records<T> = {
  get(name: string): T | undefined;
  all(): readonly T[];
  /** Creates or replaces the record of that name. Records are values: change a copy and put it. */
  put(record: T): void;
  remove(name: string): void;
  /** Nothing reaches the folder after this; a call that still tries is refused. */
  close(): void;
};

/** Opens a folder of records, making it where it is missing. One file per record keeps a write's cost flat as they grow. */
export function openRecords<T extends { readonly name: string }>(folder: string): Records<T> {
  mkdirSync(folder, { recursive: true });
  const records = new Map<string, T>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const record = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as T;
    records.set(record.name, record);
  }
  let open = true;
  const guard = (): void => {
    if (!open) throw unavailable('The local service is shutting down.');
  };

  return {
    get: (name) => records.get(name),
    all: () => [...records.values()],
    put(record) {
      guard();
      const file = path.join(folder, fileName(record.name));
      writeFileSync(`${file}.new`, JSON.stringify(record, null, 1), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      records.set(record.name, record);
    },
    remove(name) {
      guard();
      rmSync(path.join(folder, fileName(name)));
      records.delete(name);
    },
    close() {
      open = false;
    },
  };
}

/** Readable, and still unique where names are too long for a file name or differ only in case. */
function fileName(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.replaceAll(/[^\w-]+/g, '.').slice(-120)}.${digest}.json`;
}
