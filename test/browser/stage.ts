/** What the tests in the browser stand on: a Temporal server with its UI, a world on it, and a browser. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startTemporal } from '../../local/temporal/server.ts';
import { testTemporal } from '../environment.ts';
import { SHARED_TEMPORAL } from '../setup.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { startBrowser } from './browser.ts';

export type Stage = {
  readonly world: TestWorld;
  /** Opens the page that the `digdir` command links to, and closes the one before. */
  open(workflowId: string): Promise<Page>;
  /** All hosts that the pages have asked for anything. */
  hosts(): string[];
  close(): Promise<void>;
};

/** The server of the test run has no UI, so there is one more here; only the workflow bundle is shared. */
export async function startStage(): Promise<Stage> {
  const browser = await startBrowser();
  const { bundle } = await testTemporal();
  const folder = await mkdtemp(join(tmpdir(), 'digdir-browser-'));
  const temporal = await startTemporal({ folder, ui: true });
  const { address, namespace, database, log } = temporal;
  process.env[SHARED_TEMPORAL] = JSON.stringify({ address, namespace, database, log, bundle });
  const world = await startTestWorld();
  const context = await browser.newContext({ viewport: { width: 1440, height: 1200 } });
  // Ample, so that a busy machine is not taken for a page that lacks something.
  context.setDefaultTimeout(120_000);
  const hosts = new Set<string>();
  context.on('request', (request) => hosts.add(new URL(request.url()).hostname));
  return {
    world,
    async open(workflowId) {
      // Each page keeps connections waiting for news, more of them the longer it is used, and a browser has six for one host:
      // then a message that is sent waits for ever.
      await Promise.all(context.pages().map((earlier) => earlier.close()));
      const page = await context.newPage();
      await page.goto(`${temporal.ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`);
      return page;
    },
    hosts: () => [...hosts],
    async close() {
      await browser.close();
      await world.close();
      await temporal.close();
      await rm(folder, { recursive: true });
    },
  };
}
