/** Reading a file of which it is a finding, among others, that it cannot be read. */

import { readFile } from 'node:fs/promises';
import type { Finding } from '../domain/failures.ts';

/** The bytes, or the finding that says why there are none. */
export async function readFileOr(file: string): Promise<Buffer | Finding> {
  try {
    return await readFile(file);
  } catch (error) {
    return unreadable(file, error);
  }
}

/** The finding about a file, or folder, that could not be read for this error. */
export function unreadable(path: string, error: unknown): Finding {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return { code: 'FILE_UNREADABLE', where: path, message: `It cannot be read (${reason}).` };
}
