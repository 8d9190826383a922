/** Where secrets would be left behind: Temporal's database, logs, and what was written to a terminal. */

import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createNeedles } from './needles.ts';
import type { Needles } from './needles.ts';
import { scanBytes } from './scan.ts';
import type { Find } from './scan.ts';
import type { Secret } from './secrets.ts';

export type Places = {
  /** Temporal's SQLite file. */
  readonly database?: string;
  /** Files with logs or output. */
  readonly files?: readonly string[];
  /** Output that was captured, under a name for the report. */
  readonly outputs?: Readonly<Record<string, string>>;
};

export type PlacedFind = Find & { readonly place: string };

/** Searches all places. While the database's server runs, its last writes may be missed. */
export async function scanPlaces(places: Places, secrets: readonly Secret[]): Promise<PlacedFind[]> {
  const needles = createNeedles();
  needles.add(secrets);
  const finds: PlacedFind[] = [];
  const search = (place: string, bytes: Buffer): void => {
    for (const find of scanBytes(needles, bytes)) finds.push({ ...find, place });
  };

  for (const [name, text] of Object.entries(places.outputs ?? {})) search(name, Buffer.from(text));
  for (const file of [...(places.files ?? []), ...databaseFiles(places.database)]) search(file, await readFile(file));
  if (places.database) finds.push(...scanRows(places.database, needles));
  return finds;
}

/**
 * Searches what a world leaves behind in its folder: every Temporal database and every log below it. The local cloud's own
 * files are left out: they hold the keys by right, as Cloud KMS does.
 */
export async function scanWorld(
  folder: string,
  secrets: readonly Secret[],
  outputs: Readonly<Record<string, string>> = {},
): Promise<PlacedFind[]> {
  const below = async (pattern: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const file of glob(pattern, { cwd: folder })) found.push(join(folder, file));
    return found;
  };
  const finds = await scanPlaces({ files: await below('**/*.log'), outputs }, secrets);
  const databases = await below('**/temporal.db');
  if (databases.length === 0) throw new Error(`There is no Temporal database below ${folder}`);
  for (const database of databases) finds.push(...(await scanPlaces({ database }, secrets)));
  return finds;
}

/** One line for each find, for people. */
export const describeFinds = (finds: readonly PlacedFind[]): string[] =>
  finds.map(({ secret, form, place, offset }) => `${place}, offset ${offset}: ${secret} (${form})`);

/** The file also holds what was deleted; its journals hold what was not written back yet. */
function databaseFiles(database: string | undefined): string[] {
  if (database === undefined) return [];
  return ['', '-wal', '-journal'].map((suffix) => database + suffix).filter((file) => existsSync(file));
}

/** Every value of every row: pages of the file cut long values into pieces, here they are whole. */
function scanRows(file: string, needles: Needles): PlacedFind[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    return tablesOf(database).flatMap((table) => scanTable(database, table, needles));
  } finally {
    database.close();
  }
}

function tablesOf(database: DatabaseSync): string[] {
  // The contents of a virtual table are in tables beside it.
  const query = `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`;
  return database
    .prepare(query)
    .all()
    .map(({ name }) => String(name));
}

function scanTable(database: DatabaseSync, table: string, needles: Needles): PlacedFind[] {
  const rows = database.prepare(`SELECT * FROM "${table.replaceAll('"', '""')}"`);
  // Temporal's numbers need all 64 bits.
  rows.setReadBigInts(true);
  const finds: PlacedFind[] = [];
  let number = 0;
  for (const row of rows.iterate()) {
    number += 1;
    for (const [column, value] of Object.entries(row)) {
      const bytes = bytesOf(value);
      const place = `table ${table}, column ${column}, row ${number}`;
      if (bytes) finds.push(...scanBytes(needles, bytes).map((find) => ({ ...find, place })));
    }
  }
  return finds;
}

function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value === 'string') return Buffer.from(value);
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined;
}
