/** An application's credentials as files, one for each variable: what a container finds mounted, for whoever has none. */

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../domain/refusal.ts';

/** What variables of these credentials are called; other files in the folder are left alone. */
const ours = /^(IDPORTEN|MASKINPORTEN)_[A-Z0-9_]+$/;

export type WrittenFiles = {
  readonly files: readonly string[];
  /** Files of variables that there are no longer. */
  readonly removed: readonly string[];
  /** The folder was there, and is open to others: to whom it is, is not for us to change. */
  readonly open: boolean;
};

/**
 * Writes the files for their owner alone, into a folder that is made so where it is missing. Whoever reads meanwhile finds
 * the former file or the new one, whole; all are written before the first takes its place.
 */
export async function writeCredentialFiles(
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<WrittenFiles> {
  await makeFolder(folder);
  const written = Object.entries(variables).map(([name, value]) => ({
    file: join(folder, name),
    temporary: join(folder, `.${name}.${randomUUID()}`),
    value,
  }));
  try {
    for (const { temporary, value } of written) await writeFile(temporary, value, { mode: 0o600, flag: 'wx' });
    for (const { temporary, file } of written) await rename(temporary, file);
  } finally {
    for (const { temporary } of written) await rm(temporary, { force: true });
  }
  const stale = (await readdir(folder)).filter((name) => ours.test(name) && !Object.hasOwn(variables, name));
  for (const name of stale) await rm(join(folder, name));
  const { mode } = await stat(folder);
  return {
    files: written.map(({ file }) => file),
    removed: stale.map((name) => join(folder, name)),
    open: (mode & 0o077) !== 0,
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal('USAGE', `--folder ${folder} cannot be made or used as a folder: ${reason}`);
  }
}
