import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { cachedCli, installCli } from '../../local/temporal/cache.ts';
import { findCli } from '../../local/temporal/cli.ts';
import { downloadCli } from '../../local/temporal/download.ts';
import { cliVersion } from '../../local/temporal/executable.ts';
import { startOf } from '../../local/temporal/process.ts';
import { startTemporal } from '../../local/temporal/server.ts';

const scratch = await mkdtemp(join(tmpdir(), 'local-temporal-'));
after(() => rm(scratch, { recursive: true }));

test('serves its namespace and UI, ignores exported addresses, and keeps its state over a restart', async () => {
  process.env['TEMPORAL_ADDRESS'] = 'production.example:7233';
  process.env['TEMPORAL_NAMESPACE'] = 'production';
  const temporal = await startTemporal({
    folder: join(scratch, 'state'),
    namespace: 'somewhere',
    ui: true,
    searchAttributes: { Tenant: 'Keyword' },
  });
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const client = new Client({ connection, namespace: temporal.namespace });
    const attributes = await connection.operatorService.listSearchAttributes({ namespace: 'somewhere' });
    assert.ok('Tenant' in (attributes.customAttributes ?? {}));
    await assert.rejects(connection.workflowService.describeNamespace({ namespace: 'production' }), /not found/i);
    assert.equal((await fetch(temporal.ui)).status, 200);

    await client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'kept' });
    const killed = temporal.pid;
    await temporal.restart('kill');
    assert.notEqual(temporal.pid, killed);
    assert.equal((await client.workflow.getHandle('kept').describe()).status.name, 'RUNNING');
    await temporal.restart('terminate');
    assert.equal((await client.workflow.getHandle('kept').describe()).status.name, 'RUNNING');
  } finally {
    await connection.close();
    await temporal.close();
  }
  assert.equal(await startOf(temporal.pid), undefined);
  assert.ok((await stat(temporal.database)).size > 0);
});

test('the namespace is known while somebody writes to the database', async () => {
  const temporal = await startTemporal({ folder: join(scratch, 'busy') });
  const connection = await Connection.connect({ address: temporal.address });
  const database = new DatabaseSync(temporal.database, { timeout: 10_000 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: temporal.namespace });
    assert.equal(namespaceInfo?.name, temporal.namespace);
  } finally {
    database.close();
    await connection.close();
    await temporal.close();
  }
});

test('a server that loses one of its ports to somebody else is started again, and any other fault is told at once', async () => {
  const real = await findCli(() => {});
  const cli = join(scratch, 'unlucky');
  const starts = join(scratch, 'starts');
  const failing = (fault: string, times: number) =>
    writeFile(
      cli,
      [
        '#!/bin/sh',
        `if [ "$1" = server ]; then echo start >> '${starts}'`,
        `  if [ "$(wc -l < '${starts}')" -le ${times} ]; then echo '${fault}' >&2; exit 1; fi`,
        'fi',
        `exec '${real}' "$@"`,
      ].join('\n'),
    );
  const startsSoFar = async () => (await readFile(starts, 'utf8')).trim().split('\n').length;
  process.env['DIGDIR_TEMPORAL_CLI'] = cli;
  try {
    await failing('listen tcp 127.0.0.1:40000: bind: address already in use', 1);
    await chmod(cli, 0o755);
    const temporal = await startTemporal({ folder: join(scratch, 'lucky-at-last') });
    await temporal.close();
    assert.equal(await startsSoFar(), 2);

    await failing('no space left on device', 9);
    const start = startTemporal({ folder: join(scratch, 'hopeless') });
    await assert.rejects(start, /did not come to serve[^]*no space left on device/);
    assert.equal(await startsSoFar(), 3);
  } finally {
    delete process.env['DIGDIR_TEMPORAL_CLI'];
  }
});

test('a second server on a folder in use is refused, and the first goes on', async () => {
  const folder = join(scratch, 'in-use');
  const temporal = await startTemporal({ folder });
  try {
    await assert.rejects(startTemporal({ folder }), /already runs on .*in-use, started by process \d+/);
    assert.notEqual(await startOf(temporal.pid), undefined);
  } finally {
    await temporal.close();
  }
});

test('the server ends with a parent that was killed', async () => {
  const { parent, server, start } = await startInOtherProcess(join(scratch, 'orphan'));
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await gone(server, start);
});

test('a server that a killed run left is ended at the next start, but never another process of that number', async () => {
  const folder = join(scratch, 'left-over');
  const leftOver = spawn('sleep', ['1000']);
  const bystander = spawn('sleep', ['1000']);
  try {
    const dead = { pid: 1, start: 'long ago' };
    const server = { pid: leftOver.pid, start: await startOf(leftOver.pid ?? 0) };
    await mkdir(folder);
    await writeFile(join(folder, 'temporal.json'), JSON.stringify({ server, owner: dead, address: '127.0.0.1:1' }));
    const ended = once(leftOver, 'exit');
    await (await startTemporal({ folder })).close();
    assert.deepEqual(await ended, [null, 'SIGKILL']);

    const reused = { pid: bystander.pid, start: 'long ago' };
    await writeFile(join(folder, 'temporal.json'), JSON.stringify({ server: reused, owner: dead, address: '' }));
    await (await startTemporal({ folder })).close();
    assert.equal(bystander.exitCode ?? bystander.signalCode, null);
  } finally {
    leftOver.kill('SIGKILL');
    bystander.kill('SIGKILL');
  }
});

test('a `temporal` is found by the setting, on the PATH when new enough, in the cache when whole', async () => {
  const real = await findCli(() => {});
  const pathWith = async (name: string, script: string) => {
    const folder = join(scratch, name);
    await mkdir(folder);
    await writeFile(join(folder, 'temporal'), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, 'temporal'), 0o755);
    return folder;
  };
  const current = await pathWith('current', `exec ${real} "$@"`);
  const old = await pathWith('old', 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"');
  const nowhere = { HOME: join(scratch, 'home'), XDG_CACHE_HOME: join(scratch, 'empty-cache') };

  assert.equal(await findCli(() => {}, { PATH: `${old}:${current}` }), join(current, 'temporal'));
  assert.equal(await findCli(() => {}, { ...nowhere, DIGDIR_TEMPORAL_CLI: real, PATH: '' }), real);
  await assert.rejects(
    findCli(() => {}, { DIGDIR_TEMPORAL_CLI: '/nowhere/temporal' }),
    /DIGDIR_TEMPORAL_CLI names/,
  );

  const cached = join(scratch, 'cache', 'digdir-workflows', 'temporal-1.9.1');
  await mkdir(cached, { recursive: true });
  await symlink(real, join(cached, 'temporal'));
  const said: string[] = [];
  const environment = { ...nowhere, PATH: old, XDG_CACHE_HOME: join(scratch, 'cache') };
  assert.equal(await findCli((line) => said.push(line), environment), join(cached, 'temporal'));
  assert.match(said.join('\n'), /1\.5\.1, older than 1\.8\.0/);
});

test('installs at the same time leave one whole file, over a damaged one too, and nothing unfinished', async () => {
  const real = await findCli(() => {});
  const environment = { XDG_CACHE_HOME: join(scratch, 'shared-cache') };
  const folder = join(scratch, 'shared-cache', 'digdir-workflows', 'temporal-1.9.1');
  const cached = join(folder, 'temporal');
  await mkdir(folder, { recursive: true });
  await copyFile(real, cached);
  await truncate(cached, 1_000_000);
  await assert.rejects(cachedCli(environment), /no Temporal CLI 1\.9\.1 in the cache/);

  const install = () =>
    installCli(environment, async (into) => {
      await copyFile(real, join(into, 'fetched'));
      return join(into, 'fetched');
    });
  assert.deepEqual(await Promise.all([install(), install()]), [cached, cached]);
  assert.equal(await cachedCli(environment), cached);

  const cutShort = installCli(environment, async (into) => {
    await copyFile(real, join(into, 'fetched'));
    await truncate(join(into, 'fetched'), 1_000_000);
    return join(into, 'fetched');
  });
  await assert.rejects(cutShort);
  assert.deepEqual(await readdir(folder), ['temporal']);
  assert.equal(await cachedCli(environment), cached);
});

test('a file that is still held open for writing is tried again', async () => {
  const cli = join(scratch, 'held-open');
  const handle = await open(cli, 'w', 0o755);
  await handle.writeFile('#!/bin/sh\necho temporal version 1.9.1\n');
  const version = cliVersion(cli);
  await handle.close();
  assert.equal(await version, '1.9.1');
});

test('the download asks the site as the SDKs do, and takes the named file out of the archive', async () => {
  const folder = join(scratch, 'download');
  await mkdir(folder);
  await writeFile(join(folder, 'temporal'), 'the executable');
  await promisify(execFile)('tar', ['-czf', join(folder, 'a.tar.gz'), '-C', folder, 'temporal']);
  const archive = await readFile(join(folder, 'a.tar.gz'));
  await rm(join(folder, 'temporal'));
  const asked: string[] = [];
  const site = createServer((request, response) => {
    asked.push(request.url ?? '');
    const archiveUrl = `http://${request.headers.host}/archive`;
    if (request.url === '/archive') response.setHeader('content-length', archive.length).end(archive);
    else response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }));
  });
  const said: string[] = [];
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const address = site.address();
  assert.ok(typeof address === 'object' && address);
  try {
    const path = await downloadCli(folder, (line) => said.push(line), `http://127.0.0.1:${address.port}`);
    assert.equal(await readFile(path, 'utf8'), 'the executable');
  } finally {
    await site[Symbol.asyncDispose]();
  }
  assert.match(asked[0] ?? '', /^\/cli\/1\.9\.1\?arch=(amd64|arm64)&platform=(linux|darwin)&format=tar\.gz$/);
  assert.match(said.join('\n'), /downloaded 100 %/);
});

test('when every source fails, one message lists what was tried and what to do', async () => {
  await writeFile(join(scratch, 'a-file'), '');
  const failure = await findCli(() => {}, { PATH: '', XDG_CACHE_HOME: join(scratch, 'a-file') }).then(
    () => '',
    (error: unknown) => String(error),
  );
  assert.match(failure, /no `temporal` on the PATH\n.*in the cache.*\n.*ENOTDIR.*\n.*ENOTDIR/);
  assert.match(failure, /DIGDIR_TEMPORAL_CLI.*temporal\.download/s);
});

/** A process of its own that starts a server, tells its number, and waits. */
async function startInOtherProcess(folder: string) {
  const module = new URL('../../local/temporal/server.ts', import.meta.url).href;
  const script = `
    const { startTemporal } = await import(${JSON.stringify(module)});
    const temporal = await startTemporal({ folder: ${JSON.stringify(folder)} });
    console.log(temporal.pid);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const server = Number(line);
  const start = await startOf(server);
  assert.ok(start, 'the server runs');
  return { parent, server, start };
}

/** The end of another process's child can only be asked for; the test runner's time limit bounds it. */
async function gone(pid: number, start: string): Promise<void> {
  while ((await startOf(pid)) === start) await setImmediate();
}
