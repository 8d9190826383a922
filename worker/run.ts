/** Hosting the processes: a worker per role on its queue, and one for the workflows beside the operator. */

import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import {
  createImporterActivities,
  createOperatorActivities,
  createProvisionerActivities,
} from '../activities/index.ts';
import type { Services } from '../activities/services.ts';
import { roleQueue } from '../domain/names.ts';
import type { WorkerRole } from '../domain/names.ts';
import { createGauges } from './gauges.ts';
import { createRuns } from './runs.ts';
import { createServices } from './services.ts';
import type { WorkerSettings } from './settings.ts';

export type WorkerHost = {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  /** One JSON-able entry per event for the audit log. */
  readonly audit: Services['audit'];
  /** A prebuilt workflow bundle; made from source when absent. */
  readonly bundle?: string;
  /** Milliseconds that running activities are given to finish at the end. */
  readonly grace?: number;
  readonly tuning?: Pick<
    WorkerOptions,
    'stickyQueueScheduleToStartTimeout' | 'maxCachedWorkflows' | 'dataConverter' | 'interceptors'
  >;
};

export type RunningWorker = {
  /** Resolves when the worker has ended, and rejects when it broke. */
  readonly ended: Promise<void>;
  isServing(): boolean;
  stop(): Promise<void>;
};

export const payloadConverterPath = fileURLToPath(new URL('../workflows/payload-converter.ts', import.meta.url));

const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

const activitiesOf = {
  provisioner: createProvisionerActivities,
  importer: createImporterActivities,
  operator: createOperatorActivities,
};

/** Starts the worker; resolves when it runs. Its first polls reach the server a moment later. */
export async function startWorker(settings: WorkerSettings, host: WorkerHost): Promise<RunningWorker> {
  const connection = await NativeConnection.connect(host.connection);
  const hosted = await Promise.all(settings.roles.map((role) => startRole(settings, host, connection, role)));
  const workflows = settings.roles.includes('operator') ? [await startWorkflows(settings, host, connection)] : [];
  const workers = [...hosted.map(({ worker }) => worker), ...workflows];
  const running = Promise.all(workers.map((worker) => worker.run()));
  // When one breaks, the others must not go on half.
  running.catch(() => workers.forEach(shutDown));
  const ended = running.then(
    () => release(hosted, connection),
    async (error: unknown) => {
      await release(hosted, connection);
      throw error;
    },
  );
  return {
    ended,
    isServing: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    stop: async () => {
      workers.forEach(shutDown);
      await ended;
    },
  };
}

type HostedRole = { readonly worker: Worker; readonly close: () => Promise<void> };

async function startRole(
  settings: WorkerSettings,
  host: WorkerHost,
  connection: NativeConnection,
  role: WorkerRole,
): Promise<HostedRole> {
  const { namespace } = host;
  const { dataConverter } = common(host, connection);
  const runs = createRuns({ connection, namespace, dataConverter, taskQueue: settings.taskQueuePrefix });
  const gauges = createGauges(Runtime.instance().metricMeter);
  const { services, close } = await createServices(settings, role, host.audit, { runs, gauges });
  const worker = await Worker.create({
    ...common(host, connection),
    taskQueue: roleQueue(settings.taskQueuePrefix, role),
    activities: activitiesOf[role](services),
  });
  return { worker, close };
}

function startWorkflows(settings: WorkerSettings, host: WorkerHost, connection: NativeConnection): Promise<Worker> {
  return Worker.create({
    ...common(host, connection),
    taskQueue: settings.taskQueuePrefix,
    ...(host.bundle ? { workflowBundle: { codePath: host.bundle } } : { workflowsPath }),
  });
}

function common(host: WorkerHost, connection: NativeConnection) {
  const { dataConverter, ...tuning } = host.tuning ?? {};
  return {
    connection,
    namespace: host.namespace,
    shutdownGraceTime: host.grace ?? 30_000,
    dataConverter: { payloadConverterPath, ...dataConverter },
    ...tuning,
  };
}

function shutDown(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}

async function release(hosted: readonly HostedRole[], connection: NativeConnection): Promise<void> {
  await Promise.all(hosted.map(({ close }) => close()));
  await connection.close();
}
