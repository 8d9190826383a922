/** `npm run worker`: hosts the processes until it is told to end, with logs and audit entries as JSON lines. */

import { createServer } from 'node:http';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { startWorker } from './run.ts';
import type { RunningWorker } from './run.ts';
import { readSettings } from './settings.ts';
import type { WorkerSettings } from './settings.ts';

const log = pino({ base: { service: 'digdir-workflows' } });

try {
  const settings = readSettings(process.env);
  installRuntime(settings);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const audit = (entry: object) => log.info({ audit: true, ...entry });
  const worker = await startWorker(settings, { connection: connectionOptions, namespace, audit });
  log.info({ roles: settings.roles, environment: settings.environment, namespace }, 'The worker polls.');
  const probe = serveHealth(settings, worker);
  await worker.ended;
  probe?.close();
} catch (error) {
  log.fatal({ reason: error instanceof Error ? error.message : String(error) }, 'The worker ends.');
  // Not only an exit code: what Temporal's native part still holds would keep a dead worker's process alive.
  process.exit(1);
}

/** Temporal's runtime ends the workers on SIGINT and SIGTERM by itself; its log lines join ours. */
function installRuntime({ metricsPort }: WorkerSettings): void {
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { sdkComponent, taskQueue, workflowId, activityType, error } = meta ?? {};
    const fields = { sdkComponent, taskQueue, workflowId, activityType, error: error ? String(error) : undefined };
    if (level === 'ERROR') log.error(fields, message);
    else if (level === 'WARN') log.warn(fields, message);
    else log.info(fields, message);
  });
  // Left to itself, the native part writes lines of its own form to stdout.
  const logging = { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } as const;
  const metrics = metricsPort ? { metrics: { prometheus: { bindAddress: `0.0.0.0:${metricsPort}` } } } : {};
  Runtime.install({ logger, telemetryOptions: { logging, ...metrics } });
}

function serveHealth({ healthPort }: WorkerSettings, worker: RunningWorker) {
  if (!healthPort) return undefined;
  const server = createServer((_request, response) => {
    response.writeHead(worker.isServing() ? 200 : 503).end(worker.isServing() ? 'serving\n' : 'not serving\n');
  });
  return server.listen(healthPort);
}
