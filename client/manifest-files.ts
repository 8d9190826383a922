/** Which files `-f` means: files are named as they are, a folder stands for the manifests in it. */

import { readdir, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Finding } from '../domain/failures.ts';
import { unreadable } from './read-file.ts';

export type FoundFiles = {
  /** Each once, by whatever names it was given; those of a folder by their path. */
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
};

/** Reads no file. `tenantFile` is no manifest, and is left out where it lies in a folder. */
export async function findManifestFiles(given: readonly string[], tenantFile: string): Promise<FoundFiles> {
  const tenant = await trueName(tenantFile);
  const named = new Map<string, string>();
  const findings: Finding[] = [];
  for (const path of given) {
    const found = (await isFolder(path)) ? await inFolder(path, tenant) : { files: [path], findings: [] };
    for (const file of found.files) {
      const name = await trueName(file);
      if (!named.has(name)) named.set(name, file);
    }
    findings.push(...found.findings);
  }
  return { files: [...named.values()], findings };
}

async function inFolder(folder: string, tenant: string): Promise<FoundFiles> {
  const found = await search(folder);
  const files: string[] = [];
  for (const file of [...found.files].sort()) if ((await trueName(file)) !== tenant) files.push(file);
  if (files.length > 0 || found.findings.length > 0) return { files, findings: found.findings };
  const message = 'There is no file *.yaml or *.yml in the folder, or below it.';
  return { files, findings: [{ code: 'MANIFEST_FOLDER_EMPTY', where: folder, message }] };
}

async function search(folder: string): Promise<FoundFiles> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    return { files: [], findings: [unreadable(folder, error)] };
  }
  const files: string[] = [];
  const findings: Finding[] = [];
  // As the shell's * does, hidden ones are passed over.
  for (const entry of entries.filter(({ name }) => !name.startsWith('.'))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name === 'node_modules') continue;
      const below = await search(path);
      files.push(...below.files);
      findings.push(...below.findings);
    } else if (/\.ya?ml$/.test(entry.name) && (await isFile(entry, path))) files.push(path);
  }
  return { files, findings };
}

/** A link counts as what it leads to; one that leads nowhere is a file that turns out not to be readable. */
const isFile = async (entry: Dirent, path: string): Promise<boolean> =>
  entry.isFile() || (entry.isSymbolicLink() && !(await isFolder(path)));

const isFolder = async (path: string): Promise<boolean> =>
  await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

const trueName = async (path: string): Promise<string> => await realpath(path).catch(() => resolve(path));
