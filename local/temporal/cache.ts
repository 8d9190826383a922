/** The per-user cache of the pinned Temporal CLI: a file is in it whole and able to run, or not at all. */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CLI_VERSION, cliVersion, executableName } from './executable.ts';

/** Resolves to the cached executable, if it runs and is the pinned version. */
export async function cachedCli(environment: NodeJS.ProcessEnv): Promise<string> {
  const path = join(cacheFolder(environment), executableName);
  const version = await cliVersion(path).catch(() => undefined);
  if (version !== CLI_VERSION) throw new Error(`no Temporal CLI ${CLI_VERSION} in the cache (${path})`);
  return path;
}

/**
 * Lets `fetchInto` put an executable into a temporary folder, tries it, and renames it into the cache. The rename
 * replaces a damaged file and is a single step, so starts at the same time cannot see or leave half of one.
 */
export async function installCli(
  environment: NodeJS.ProcessEnv,
  fetchInto: (folder: string) => Promise<string>,
): Promise<string> {
  const cache = cacheFolder(environment);
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const folder = await mkdtemp(join(cache, UNFINISHED));
  try {
    const fetched = await fetchInto(folder);
    await chmod(fetched, 0o755);
    const version = await cliVersion(fetched);
    if (version !== CLI_VERSION) throw new Error(`asked for Temporal CLI ${CLI_VERSION}, got ${version}`);
    const path = join(cache, executableName);
    // Windows refuses to replace a running executable: then another start has put the same one there.
    await rename(fetched, path).catch(() => cachedCli(environment));
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const UNFINISHED = 'installing-';

/** An install that was killed leaves its folder: a day later nobody is working in it. */
async function removeAbandoned(cache: string): Promise<void> {
  const yesterday = Date.now() - 24 * 60 * 60 * 1000;
  for (const name of await readdir(cache)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const folder = join(cache, name);
    const changed = await stat(folder).catch(() => undefined);
    if (changed && changed.mtimeMs < yesterday) await rm(folder, { recursive: true, force: true });
  }
}

/** `digdir-workflows/temporal-<version>` in the place where this platform keeps caches. */
function cacheFolder(environment: NodeJS.ProcessEnv): string {
  return join(userCache(environment), 'digdir-workflows', `temporal-${CLI_VERSION}`);
}

function userCache(environment: NodeJS.ProcessEnv): string {
  const named = environment['XDG_CACHE_HOME'];
  if (named) return named;
  const home = environment['HOME'] || homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches');
  if (process.platform === 'win32') return environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
  return join(home, '.cache');
}
