/** Workers in somebody else's hands, on queues of their own beside an honest cloud. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createImporterActivities } from '../../activities/index.ts';
import type { ReadyImportJob } from '../../activities/import-key.ts';
import { requireWorkers } from '../../client/workers.ts';
import type { CertificateChain } from '../../domain/certificate.ts';
import { roleQueue, workerRoles } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { Refusal } from '../../domain/refusal.ts';
import { payloadConverterPath, startWorker } from '../../worker/run.ts';
import { createServices } from '../../worker/services.ts';
import { readSettings } from '../../worker/settings.ts';
import { testTemporal } from '../environment.ts';
import type { TestWorld } from '../world.ts';
import type { Bait } from './hostile-workflow.ts';

export type HostileWorkers = {
  /** Of the task queues. */
  readonly prefix: string;
  /** Text of every payload that reached the workflows' worker, also of updates that were refused. */
  readonly received: readonly string[];
  close(): Promise<void>;
};

/** Names another import job than the one that is ready. */
export type Lie = (ready: ReadyImportJob, request: OnboardingRequest, chain: CertificateChain) => Promise<string>;

/** Honest workflows, operator and provisioner, with an importer that lies about the import job. */
export async function startHostileImporter(world: TestWorld, lie: Lie): Promise<HostileWorkers> {
  const { address, namespace, bundle } = await testTemporal();
  const prefix = `hostile-${randomUUID()}`;
  const received: string[] = [];
  const settings = readSettings({ ...world.cloud.variables, DIGDIR_TASK_QUEUE_PREFIX: prefix });
  const honest = await startWorker(
    { ...settings, roles: ['operator', 'provisioner'] },
    {
      connection: { address },
      namespace,
      bundle,
      audit: () => undefined,
      grace: 1_000,
      tuning: { dataConverter: { payloadCodecs: [listener(received)] } },
    },
  );
  const { services, close } = await createServices(settings, 'importer', () => undefined);
  const importer = createImporterActivities(services);
  const ensureImportJob: typeof importer.ensureImportJob = async (request, chain) => {
    const ready = await importer.ensureImportJob(request, chain);
    return { ...ready, name: await lie(ready, request, chain) };
  };
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: roleQueue(prefix, 'importer'),
    activities: { ...importer, ensureImportJob },
    dataConverter: { payloadConverterPath },
  });
  const stop = runs([worker], connection);
  await polled(world.client, prefix);
  return {
    prefix,
    received,
    close: async () => {
      await stop();
      await honest.stop();
      await close();
    },
  };
}

/** Workflows of somebody else's making. */
export async function startHostileWorkflow({ client }: TestWorld, bait: () => Bait): Promise<HostileWorkers> {
  const { address, namespace } = await testTemporal();
  const prefix = `hostile-${randomUUID()}`;
  const received: string[] = [];
  const connection = await NativeConnection.connect({ address });
  const shared = {
    connection,
    namespace,
    dataConverter: { payloadConverterPath, payloadCodecs: [listener(received)] },
  };
  const workflowsPath = join(import.meta.dirname, 'hostile-workflow.ts');
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: prefix, workflowsPath }),
    ...workerRoles.map((role) =>
      Worker.create({ ...shared, taskQueue: roleQueue(prefix, role), activities: { bait: async () => bait() } }),
    ),
  ]);
  const close = runs(workers, connection);
  await polled(client, prefix);
  return { prefix, received, close };
}

/** Resolves when the server knows a poller of every queue. */
async function polled(client: Client, prefix: string): Promise<void> {
  for (;;) {
    try {
      return await requireWorkers(client, prefix);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await setTimeout(20);
    }
  }
}

function listener(received: string[]): PayloadCodec {
  return {
    encode: async (payloads) => payloads,
    decode: async (payloads) => {
      received.push(...payloads.map(({ data }) => Buffer.from(data ?? '').toString()));
      return payloads;
    },
  };
}

function runs(workers: readonly Worker[], connection: NativeConnection): () => Promise<void> {
  const running = Promise.all(workers.map(async (worker) => await worker.run()));
  return async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
  };
}
