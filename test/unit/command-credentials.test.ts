/** A private key is never written to a terminal unasked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentials } from '../../client/commands/credentials.ts';

/** Without a tenant file, what is not refused before it is read ends there. */
const called = async (options: Readonly<Record<string, unknown>>, terminal: boolean): Promise<number> =>
  await credentials({
    arguments: ['team/app'],
    options: { secret: true, tenant: 'none.yaml', ...options },
    environment: {},
    output: { data: () => {}, say: () => {}, json: false, interactive: terminal, live: false, terminal },
  });

const isRead = { code: 'FILE_UNREADABLE' };

for (const format of ['env', 'json', 'kubernetes']) {
  test(`on a terminal, ${format} has to be asked for or redacted`, async () => {
    await assert.rejects(called({ format }, true), { code: 'USAGE' });
    for (const asked of [{ show: true }, { redact: true }, { secret: false }]) {
      await assert.rejects(called({ format, ...asked }, true), isRead, JSON.stringify(asked));
    }
  });

  test(`${format} goes into a file or another program as it is`, async () => {
    await assert.rejects(called({ format }, false), isRead);
  });
}

test('files are written from a terminal too: they show nothing', async () => {
  await assert.rejects(called({ format: 'files' }, true), isRead);
});
