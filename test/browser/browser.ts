/** A headless Chromium that stays on loopback: the machine's own where there is one, else the one that npm brings. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const setting = 'DIGDIR_CHROMIUM';
const names = ['chromium', 'google-chrome'];

/**
 * Starts the browser that `DIGDIR_CHROMIUM` names, `chromium` or `google-chrome` on the PATH, or that of the npm package
 * `@sparticuz/chromium`, in this order. Rejects with what to do when that one cannot be started; nothing is skipped.
 *
 * @param hosts names that lead to this machine.
 */
export async function startBrowser(hosts: readonly string[] = []): Promise<Browser> {
  const executable = await findBrowser();
  const args = [...flags, `--host-resolver-rules=${resolverRules(hosts)}`];
  try {
    return await chromium.launch({ executablePath: executable, args, headless: true });
  } catch (error) {
    throw new Error(`${executable} could not be started. ${whatToDo}`, { cause: error });
  }
}

const whatToDo = [
  `The tests in test/browser need a Chromium: install one (Debian: apt-get install chromium),`,
  `or name one with ${setting}=/path/to/chromium.`,
  'The one from npm runs on Linux, and needs the system libraries NSS and expat (Debian: apt-get install libnss3 libexpat1).',
].join(' ');

async function findBrowser(): Promise<string> {
  const named = process.env[setting];
  if (named) return named;
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
  if (onPath) return onPath;
  try {
    const { default: packaged } = await import('@sparticuz/chromium');
    return await packaged.executablePath();
  } catch (error) {
    throw new Error(`No Chromium was found. ${whatToDo}`, { cause: error });
  }
}

/** Not those that the npm package recommends for functions in the cloud: in its single process, pages come to a standstill. */
const flags = [
  // Chromium refuses to sandbox its processes for root, which is who runs in most containers.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** The first rule that fits counts. Whatever is asked for elsewhere fails at once, instead of leaving the machine. */
function resolverRules(hosts: readonly string[]): string {
  const here = hosts.map((host) => `MAP ${host} 127.0.0.1`);
  return [...here, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'].join(', ');
}
