/** Temporal for a test file: the one of the whole run, or one of its own when the file runs alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SHARED_TEMPORAL, startTestTemporal, type TestTemporal } from './setup.ts';

let own: Promise<TestTemporal> | undefined;
const stops: Array<() => Promise<void>> = [];

// Here and not where it is started: a hook set inside a test belongs to that test alone.
after(async () => {
  for (const stop of stops) await stop();
});

/** Resolves to the server and the bundle for this file; the server is shared, so give workflows ids of your own. */
export async function testTemporal(): Promise<TestTemporal> {
  const shared = process.env[SHARED_TEMPORAL];
  if (shared) return JSON.parse(shared) as TestTemporal;
  own ??= startOwn();
  return await own;
}

async function startOwn(): Promise<TestTemporal> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-test-'));
  const { temporal, close } = await startTestTemporal(folder, (line) => console.error(line));
  stops.push(async () => {
    await close();
    await rm(folder, { recursive: true });
  });
  return temporal;
}
