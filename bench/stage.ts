/** Where the workflows are measured: one Temporal server, the local cloud, our worker, and one for empty activities. */

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startCloud } from '../local/cloud.ts';
import { startTestTemporal } from '../test/setup.ts';
import type { TestWorld } from '../test/world.ts';
import { payloadConverterPath, startWorker } from '../worker/run.ts';
import { readSettings } from '../worker/settings.ts';

export const emptyQueue = 'bench-empty';

export type Stage = {
  readonly world: TestWorld;
  /** Bytes of the bundle of our workflows. */
  readonly bundleSize: number;
  close(): Promise<void>;
};

export async function startStage(say: (line: string) => void): Promise<Stage> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR' }, forward: {} } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'digdir-bench-'));
  const { temporal, close: closeTemporal } = await startTestTemporal(folder, say);
  const { address, namespace, bundle } = temporal;
  const cloud = await startCloud({ folder: join(folder, 'cloud') });
  const worker = await startWorker(readSettings(cloud.variables), {
    connection: { address },
    namespace,
    audit: () => undefined,
    bundle,
    grace: 1_000,
  });
  const closeEmpty = await startEmptyWorker(address, namespace);
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter: { payloadConverterPath } });
  const close = async () => {
    await connection.close();
    await Promise.all([worker.stop(), closeEmpty()]);
    await cloud.close();
    await closeTemporal();
    await rm(folder, { recursive: true });
  };
  const world = { cloud, client, prefix: 'digdir', tenant: 'bench', audit: [], close };
  return { world, bundleSize: (await stat(bundle)).size, close };
}

async function startEmptyWorker(address: string, namespace: string): Promise<() => Promise<void>> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, 'workflow.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const connection = await NativeConnection.connect({ address });
  const activities = { nothing: async () => undefined };
  const worker = await Worker.create({ connection, namespace, taskQueue: emptyQueue, workflowBundle, activities });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}
