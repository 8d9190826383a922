/** A worker process of the harness: the real worker, started and stopped by messages, so that one process serves many runs. */

import { flushCompileCache } from 'node:module';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { startWorker } from '../../worker/run.ts';
import type { RunningWorker } from '../../worker/run.ts';
import { readSettings } from '../../worker/settings.ts';
import { plantedInterceptors } from './plants.ts';
import type { Job, Order, Report } from './worker-messages.ts';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  // Warnings are what faults are made of.
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  shutdownSignals: [],
});

let running: RunningWorker | undefined;

process.on('message', (order: Order) => {
  carryOut(order).then(
    () => report({ done: true }),
    (error: unknown) => report({ done: false, reason: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

async function carryOut(order: Order): Promise<void> {
  if (order.order === 'stop') {
    await running?.stop();
    running = undefined;
    return;
  }
  running = await start(order.job);
  // Otherwise written when the process ends, which a killed one does not live to see.
  flushCompileCache();
}

function start({ variables, temporal, plant }: Job): Promise<RunningWorker> {
  const settings = readSettings(variables);
  return startWorker(settings, {
    connection: { address: temporal.address },
    namespace: temporal.namespace,
    audit: () => {},
    bundle: temporal.bundle,
    grace: 500,
    tuning: {
      stickyQueueScheduleToStartTimeout: '500ms',
      ...(plant ? { interceptors: plantedInterceptors(plant, settings) } : {}),
    },
  });
}

function report(report: Report): void {
  process.send?.(report);
}
