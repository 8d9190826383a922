/** Starting runs from within a worker: what is there already is not started again. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { NativeConnection } from '@temporalio/worker';
import type { Runs } from '../../activities/services.ts';
import { createRuns } from '../../worker/runs.ts';
import { testTemporal } from '../environment.ts';

const limits = { timeout: 10_000 };
const taskQueue = `nobody-${randomUUID()}`;
let connection: NativeConnection;
let runs: Runs;
before(async () => {
  const { address, namespace } = await testTemporal();
  connection = await NativeConnection.connect({ address });
  runs = createRuns({ connection, namespace, dataConverter: {}, taskQueue });
});
after(() => connection.close());

const startOf = (workflowId: string) =>
  ({
    workflowType: 'watch',
    workflowId,
    workflowIdConflictPolicy: 'FAIL',
    args: [],
    staticSummary: 'A run that nobody works on',
    staticDetails: '',
  }) as const;

test('a run that is at work under the id counts as such, whoever started it', async () => {
  const start = startOf(`runs-${randomUUID()}`);
  assert.equal(await runs.start(start, limits), 'started');
  assert.equal(await runs.start(start, limits), 'running');
  assert.equal(await runs.start({ ...start, workflowType: 'another' }, limits), 'running');
});

test('a request that nobody takes in ends within its time', async () => {
  const start = { ...startOf(`runs-${randomUUID()}`), workflowIdConflictPolicy: 'USE_EXISTING' } as const;
  await assert.rejects(runs.ask(start, 'provision', { id: randomUUID() }, { timeout: 500 }));
});
