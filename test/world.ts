/** A world for a test: the local cloud, and a worker on the shared Temporal server, on queues of its own. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { startCloud } from '../local/cloud.ts';
import type { Cloud, CloudOptions } from '../local/cloud.ts';
import { payloadConverterPath, startWorker } from '../worker/run.ts';
import { readSettings } from '../worker/settings.ts';
import type { WorkerSettings } from '../worker/settings.ts';
import { testTemporal } from './environment.ts';
import { watchWorld } from './key-scan/watch.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export type TestWorld = {
  readonly cloud: Cloud;
  readonly client: Client;
  /** Task queue of the workflows, and prefix of the others. */
  readonly prefix: string;
  /** Unique in the shared server: to be used as the tenant's name. */
  readonly tenant: string;
  readonly audit: object[];
  /** Also fails when a private key, or a token of this world, passed through a payload or stands in the audit log. */
  close(): Promise<void>;
};

export type WorldWithWorker = TestWorld & {
  /** Other workers in place of the present ones, with nothing in their memory; `variables`: their settings, if not the former ones. */
  restartWorker(variables?: Readonly<Record<string, string>>): Promise<void>;
};

type WorldOptions = Omit<CloudOptions, 'folder'> & {
  /** Settings of the worker beside those that the cloud needs. */
  readonly variables?: Readonly<Record<string, string>>;
};

export type Hosting = {
  /** Settings of the workers that differ from those of the world. */
  readonly settings?: Partial<WorkerSettings>;
  /** How many workers there are on each queue; one when absent. */
  readonly workers?: number;
  /** Path of a workflow bundle in the place of the usual one. */
  readonly bundle?: string;
};

export async function startTestWorld(
  { variables = {}, ...options }: WorldOptions = {},
  { settings: changes = {}, workers: wanted = 1, bundle }: Hosting = {},
): Promise<WorldWithWorker> {
  const temporal = await testTemporal();
  const folder = await mkdtemp(join(tmpdir(), 'digdir-world-'));
  const watch = watchWorld(await startCloud({ folder, ...options }));
  const { cloud, codec } = watch;
  const tenant = `t${randomUUID().slice(0, 8)}`;
  const prefix = `digdir-${tenant}`;
  const audit: object[] = [];
  const host = {
    connection: { address: temporal.address },
    namespace: temporal.namespace,
    audit: (entry: object) => audit.push(entry),
    bundle: bundle ?? temporal.bundle,
    grace: 1_000,
    tuning: { dataConverter: { payloadCodecs: [codec] } },
  };
  const work = async (more: Readonly<Record<string, string>>) => {
    const settings = readSettings({ ...cloud.variables, DIGDIR_TASK_QUEUE_PREFIX: prefix, ...more });
    return await Promise.all(Array.from({ length: wanted }, () => startWorker({ ...settings, ...changes }, host)));
  };
  let workers = await work(variables);
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({
    connection,
    namespace: temporal.namespace,
    dataConverter: { payloadConverterPath, payloadCodecs: [codec] },
  });
  return {
    cloud,
    client,
    prefix,
    tenant,
    audit,
    restartWorker: async (more = variables) => {
      await Promise.all(workers.map((worker) => worker.stop()));
      workers = await work(more);
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await cloud.close();
      watch.assertClean(audit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
