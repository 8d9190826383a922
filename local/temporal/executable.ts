/** Which Temporal CLI this project runs, what it is called on this machine, and whether a file is one. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The pinned release: server 1.32.0 and UI 2.54.1, as in `docker-compose.yml`. */
export const CLI_VERSION = '1.9.1';

/** The first that knows every flag `startTemporal` gives (`--ui-disable-news-fetch` came with 1.8.0). */
export const MINIMUM_CLI_VERSION = '1.8.0';

export const executableName = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Asks the executable itself for its version: one that is missing, cut short or for another machine rejects. */
export async function cliVersion(path: string): Promise<string> {
  const { stdout } = await runWhenWritten(path, ['--version']);
  const version = /^temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (!version) throw new Error(`${path} is no Temporal CLI: it says ${JSON.stringify(stdout.slice(0, 80))}`);
  return version;
}

/** Times that a file is tried which somebody still writes, each a twentieth of a second after the one before. */
const tries = 100;

/**
 * A process that is being started holds, until it runs, a copy of every open file of its parent: also of one that was
 * just written, which then cannot be run for that moment (ETXTBSY).
 */
async function runWhenWritten(path: string, flags: readonly string[]): Promise<{ stdout: string }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(path, flags, { timeout: 20_000 });
    } catch (error) {
      const isHeld = error instanceof Error && 'code' in error && error.code === 'ETXTBSY';
      if (!isHeld || attempt === tries) throw error;
    }
    await delay(50);
  }
}
