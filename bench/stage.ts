/** Where the workflows are measured: one Temporal server, the local cloud in this process, the workers in another. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startCloud } from '../local/cloud.ts';
import { startTestTemporal } from '../test/setup.ts';
import type { TestWorld } from '../test/world.ts';
import { payloadConverterPath } from '../worker/run.ts';

export type Stage = {
  readonly world: TestWorld;
  /** What a command of this world finds in its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Bytes of the bundle of our workflows. */
  readonly bundleSize: number;
  close(): Promise<void>;
};

export async function startStage(say: (line: string) => void): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-bench-'));
  const { temporal, close: closeTemporal } = await startTestTemporal(folder, say);
  const { address, namespace, bundle } = temporal;
  const cloud = await startCloud({ folder: join(folder, 'cloud') });
  const closeWorkers = await startWorkers([address, namespace, bundle], cloud.variables);
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter: { payloadConverterPath } });
  const close = async () => {
    await connection.close();
    await closeWorkers();
    await cloud.close();
    await closeTemporal();
    await rm(folder, { recursive: true });
  };
  const world = { cloud, client, prefix: 'digdir', tenant: 'bench', audit: [], close };
  const variables = { ...cloud.variables, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  return { world, variables, bundleSize: (await stat(bundle)).size, close };
}

async function startWorkers(
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  const env = { ...process.env, ...variables };
  const child = fork(join(import.meta.dirname, 'worker.ts'), words, { env });
  const ended = once(child, 'exit');
  const polling = once(child, 'message');
  await Promise.race([
    polling,
    ended.then(([code]) => {
      throw new Error(`The workers ended with ${code}.`);
    }),
  ]);
  return async () => {
    child.disconnect();
    await ended;
  };
}
