/** The process of the workers, apart from the servers as in a deployment: ours, and one for empty workflows. */

import { once } from 'node:events';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startWorker } from '../worker/run.ts';
import { readSettings } from '../worker/settings.ts';
import { emptyQueue } from './empty.ts';

const [, , address = '', namespace = '', bundle = ''] = process.argv;

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR' }, forward: {} } },
});
const host = { connection: { address }, namespace, audit: () => undefined, bundle, grace: 1_000 };
const ours = await startWorker(readSettings(process.env), host);
const closeEmpty = await startEmpty();
process.send?.('polling');
// The bench hangs up when it is done, and when it is killed.
await once(process, 'disconnect');
await Promise.all([ours.stop(), closeEmpty()]);

async function startEmpty(): Promise<() => Promise<void>> {
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
