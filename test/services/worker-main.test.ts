/** The worker's process: it says what is wrong in one line, and is gone. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testTemporal } from '../environment.ts';

const program = join(import.meta.dirname, '..', '..', 'worker', 'main.ts');

async function runWorker(variables: Record<string, string>): Promise<{ code: unknown; lines: string[] }> {
  const home = await mkdtemp(join(tmpdir(), 'digdir-worker-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, METADATA_SERVER_DETECTION: 'none', ...variables };
  const ended = await new Promise<{ code: unknown; lines: string[] }>((resolve) => {
    execFile(process.execPath, [program], { env }, (error, stdout) => {
      resolve({ code: error?.code, lines: stdout.trim().split('\n') });
    });
  });
  await rm(home, { recursive: true });
  return ended;
}

test('without Google credentials it ends, though Temporal was reached already', { timeout: 60_000 }, async () => {
  const { address, namespace } = await testTemporal();
  const { code, lines } = await runWorker({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    DIGDIR_ENVIRONMENT: 'test',
    DIGDIR_IMPERSONATE: 'false',
    DIGDIR_OPERATOR_SERVICE_ACCOUNT: 'operator@my-project.iam.gserviceaccount.com',
  });
  assert.equal(code, 1);
  assert.match(lines.at(-1) ?? '', /credentials.*The worker ends\./);
});

test('wrong settings are said all at once', { timeout: 60_000 }, async () => {
  const { code, lines } = await runWorker({
    DIGDIR_ENVIRONMENT: 'moon',
    DIGDIR_ROLES: 'king',
    DIGDIR_HEALTH_PORT: 'x',
  });
  assert.equal(code, 1);
  for (const name of ['DIGDIR_ENVIRONMENT', 'DIGDIR_ROLES', 'DIGDIR_HEALTH_PORT'])
    assert.match(lines[0] ?? '', RegExp(name));
});
