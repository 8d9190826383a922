/** What the authority keeps from one start to the next: its hierarchies and the certificates it has revoked. */

import { mkdir, readFile } from 'node:fs/promises';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHierarchy, type Hierarchy, readHierarchy, type StoredHierarchy, storedHierarchy } from './hierarchy.ts';
import type { Signer } from './shapes.ts';

type HierarchyName = Exclude<Signer, 'itself'>;

type AuthorityRecords = {
  readonly hierarchies: Readonly<Record<HierarchyName, Hierarchy>>;
  /** SHA-256 fingerprints as OpenSSL prints them. */
  readonly revoked: ReadonlySet<string>;
  addRevoked(fingerprint: string): void;
};

type StoredRecords = {
  readonly hierarchies: Readonly<Record<HierarchyName, StoredHierarchy>>;
  readonly revoked: readonly string[];
};

const NAMES: Readonly<Record<HierarchyName, string>> = {
  test: 'Local Class 3 Test',
  production: 'Local Class 3',
  stranger: 'Unknown Class 3',
};

/** Reads the records in `folder`, or founds the authority there; without a folder nothing is kept. */
export async function openRecords(folder: string | undefined, now: Date): Promise<AuthorityRecords> {
  const stored = folder === undefined ? undefined : await readRecords(folder);
  const hierarchies = stored ? mapHierarchies(stored.hierarchies, readHierarchy) : await foundHierarchies(now);
  const revoked = new Set(stored?.revoked);

  const save = () => {
    if (folder === undefined) return;
    const records: StoredRecords = {
      hierarchies: mapHierarchies(hierarchies, storedHierarchy),
      revoked: [...revoked],
    };
    const file = recordsFile(folder);
    writeFileSync(`${file}.new`, JSON.stringify(records, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  if (!stored) save();

  return {
    hierarchies,
    revoked,
    addRevoked(fingerprint) {
      revoked.add(fingerprint);
      save();
    },
  };
}

function recordsFile(folder: string): string {
  return join(folder, 'authority.json');
}

async function readRecords(folder: string): Promise<StoredRecords | undefined> {
  await mkdir(folder, { recursive: true });
  try {
    return JSON.parse(await readFile(recordsFile(folder), 'utf8')) as StoredRecords;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function foundHierarchies(now: Date): Promise<Record<HierarchyName, Hierarchy>> {
  const [test, production, stranger] = await Promise.all([
    createHierarchy(NAMES.test, now),
    createHierarchy(NAMES.production, now),
    createHierarchy(NAMES.stranger, now),
  ]);
  return { test, production, stranger };
}

function mapHierarchies<From, To>(
  all: Readonly<Record<HierarchyName, From>>,
  change: (from: From) => To,
): Record<HierarchyName, To> {
  return { test: change(all.test), production: change(all.production), stranger: change(all.stranger) };
}
