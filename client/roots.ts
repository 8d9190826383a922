/** The root certificates that chains are checked against: `DIGDIR_CERTIFICATE_ROOTS`, a PEM file or a folder of them. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../domain/refusal.ts';

/** One PEM block per certificate; none when nothing is configured. Fails with FILE_UNREADABLE. */
export async function readRoots(path: string | undefined): Promise<readonly string[]> {
  if (!path) return [];
  try {
    const files = (await stat(path)).isDirectory()
      ? (await readdir(path)).sort().map((name) => join(path, name))
      : [path];
    const texts = await Promise.all(
      files.filter((file) => !file.endsWith('.md')).map((file) => readFile(file, 'utf8')),
    );
    return texts.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);
  } catch {
    throw new Refusal('FILE_UNREADABLE', `DIGDIR_CERTIFICATE_ROOTS names ${path}`);
  }
}
