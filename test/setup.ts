/** What one test run shares: a Temporal server and the workflow bundle, made once since each takes seconds. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startTemporal } from '../local/temporal/server.ts';
import { payloadConverterPath } from '../worker/run.ts';

export type TestTemporal = {
  readonly address: string;
  readonly namespace: string;
  /** The server's SQLite file. */
  readonly database: string;
  /** The server's log file. */
  readonly log: string;
  /** Path of the workflow bundle, for `workflowBundle: { codePath }`. */
  readonly bundle: string;
};

/** How `test/run.ts` hands a `TestTemporal` to the processes of the test files, as JSON. */
export const SHARED_TEMPORAL = 'DIGDIR_TEST_TEMPORAL';

const workflowsPath = join(import.meta.dirname, '..', 'workflows', 'index.ts');

type RunningTestTemporal = { readonly temporal: TestTemporal; readonly close: () => Promise<void> };

/** Starts the server on the folder and writes the bundle there. The server ends with `close`; the folder stays. */
export async function startTestTemporal(folder: string, say: (line: string) => void): Promise<RunningTestTemporal> {
  const bundle = join(folder, 'workflows.js');
  await writeBundle(bundle);
  const server = await startTemporal({ folder, say });
  const { address, namespace, database, log } = server;
  return { temporal: { address, namespace, database, log, bundle }, close: () => server.close() };
}

async function writeBundle(file: string): Promise<void> {
  if (!existsSync(workflowsPath)) return;
  const { code } = await bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger: new DefaultLogger('WARN') });
  await writeFile(file, code);
}
