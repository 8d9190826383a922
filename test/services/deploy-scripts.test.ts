import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { findCli } from '../../local/temporal/cli.ts';
import { testTemporal } from '../environment.ts';

const run = promisify(execFile);
const script = join(import.meta.dirname, '..', '..', 'deploy', 'temporal', 'namespace.sh');

test('the namespace is made once, with the retention asked for, and found the second time', async () => {
  const { address } = await testTemporal();
  const tools = await mkdtemp(join(tmpdir(), 'deploy-scripts-'));
  try {
    await symlink(await findCli(() => {}), join(tools, 'temporal'));
    const env = {
      PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: tools,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'made-by-script',
      RETENTION: '30d',
    };
    const first = await run('/bin/sh', [script], { env });
    assert.match(first.stdout, /registered.*\nThe namespace made-by-script is there/s);
    const second = await run('/bin/sh', [script], { env });
    assert.equal(second.stdout, 'The namespace made-by-script is there.\n');
  } finally {
    await rm(tools, { recursive: true });
  }
  const connection = await Connection.connect({ address });
  try {
    const found = await connection.workflowService.describeNamespace({ namespace: 'made-by-script' });
    assert.equal(Number(found.config?.workflowExecutionRetentionTtl?.seconds), 30 * 24 * 60 * 60);
  } finally {
    await connection.close();
  }
});
