import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { testTemporal } from '../environment.ts';
import { SHARED_TEMPORAL } from '../setup.ts';

test('gives every caller in a file the same server, which answers for its namespace', async () => {
  const temporal = await testTemporal();
  assert.deepEqual(await testTemporal(), temporal);
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const answer = await connection.workflowService.describeNamespace({ namespace: temporal.namespace });
    assert.equal(answer.namespaceInfo?.name, temporal.namespace);
  } finally {
    await connection.close();
  }
});

test(
  'a file that runs alone has a server of its own, and ends it',
  { skip: !process.env[SHARED_TEMPORAL] },
  async () => {
    const { [SHARED_TEMPORAL]: _, NODE_TEST_CONTEXT: __, ...alone } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, ['--test', import.meta.filename], { env: alone });
    assert.match(stdout, /pass 1\n/);
  },
);
