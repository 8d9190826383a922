/**
 * The secrets of a test run. They are kept in memory only: each test process knows its own, and hands them to the
 * process that runs all tests, over loopback, so that no key is written down in order to be looked for.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createNeedles } from './needles.ts';
import type { Secret } from './secrets.ts';

/** How `test/run.ts` tells the processes of the test files where it collects. */
export const SECRETS_COLLECTOR = 'DIGDIR_TEST_SECRETS';

/** All secrets of this process, for looking at payloads while they pass. */
export const ownNeedles = createNeedles();

const own = new Set<string>();

/** Has secrets looked for at the end of the run. Resolves when the process that looks for them knows them. */
export async function register(secrets: readonly Secret[]): Promise<void> {
  const fresh = secrets.filter(({ name }) => !own.has(name));
  for (const { name } of fresh) own.add(name);
  ownNeedles.add(fresh);
  const collector = process.env[SECRETS_COLLECTOR];
  if (!collector || fresh.length === 0) return;
  const body = JSON.stringify(fresh.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes).toString('base64') })));
  const { ok } = await fetch(collector, { method: 'POST', body });
  if (!ok) throw new Error('The secrets of this test were not collected');
}

export type Collector = { readonly url: string; secrets(): Secret[]; close(): Promise<void> };

/** Listens for the secrets of all test processes. */
export async function startCollector(): Promise<Collector> {
  const collected = new Map<string, Secret>();
  const server = createServer((request, response) => {
    const collect = async (): Promise<void> => {
      for (const { name, bytes } of (await json(request)) as { name: string; bytes: string }[]) {
        collected.set(name, { name, bytes: Buffer.from(bytes, 'base64') });
      }
      response.writeHead(204).end();
    };
    collect().catch(() => response.writeHead(400).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    secrets: () => [...collected.values()],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
