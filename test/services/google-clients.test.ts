import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startCloud, type Cloud } from '../../local/cloud.ts';
import { createGoogleClients } from '../../services/google-clients.ts';

const run = promisify(execFile);
const here = import.meta.dirname;

let folder: string;
let cloud: Cloud;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digdir-clients-'));
  cloud = await startCloud({ folder });
  cloud.google.bind('user:owner@example.org', 'roles/owner');
});
after(async () => {
  await cloud.close();
  await rm(folder, { recursive: true });
});

/** Stores a secret through the official client, in a process of its own that asks it to print what it sends. */
async function storeInChild(factory: string): Promise<string> {
  const script = `
    ${factory}
    const parent = 'projects/${cloud.google.project.id}';
    await secrets.createSecret({ parent, secretId: 's' + process.pid, secret: { replication: { automatic: {} } } });
    const data = Buffer.from('very-secret-payload');
    await secrets.addSecretVersion({ parent: parent + '/secrets/s' + process.pid, payload: { data } });
    process.exit(0);`;
  const child = { cwd: join(here, '..', '..'), env: { ...process.env, GOOGLE_SDK_NODE_LOGGING: '*' } };
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script], child);
  return stdout + stderr;
}

const printed = /very-secret-payload|dmVyeS1zZWNyZXQtcGF5bG9hZA|118,101,114,121/;

test('a client of ours prints no payload, whatever the environment asks for', async () => {
  const output = await storeInChild(`
    const { createGoogleClients } = await import('./services/google-clients.ts');
    const endpoint = { host: '127.0.0.1', port: ${cloud.google.port} };
    const { secrets } = await createGoogleClients({ account: 'owner@example.org', endpoint });`);
  assert.doesNotMatch(output, printed);
});

test('and that is not for want of trying: the official client by itself prints it', async () => {
  const output = await storeInChild(`
    const { asCaller } = await import('./local/grpc/as-caller.ts');
    const { SecretManagerServiceClient } = await import('@google-cloud/secret-manager');
    const server = { host: '127.0.0.1', port: ${cloud.google.port} };
    const secrets = new SecretManagerServiceClient(asCaller(server, 'owner@example.org'));`);
  assert.match(output, printed);
});

test('an endpoint in the clear has to be on loopback', async () => {
  await assert.rejects(createGoogleClients({ endpoint: { host: '10.0.0.1', port: 1 } }), /loopback/);
});

test('a machine without credentials is refused once, and the process ends by itself', async () => {
  const script = `
    process.on('unhandledRejection', (error) => console.log('unhandled', error));
    const { createGoogleClients } = await import('./services/google-clients.ts');
    for (const settings of [{}, { account: 'worker@example.org' }]) {
      await createGoogleClients(settings).catch(({ name, code }) => console.log(name, code));
    }`;
  const env = { HOME: folder, METADATA_SERVER_DETECTION: 'none' };
  const child = { cwd: join(here, '..', '..'), env };
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], child);
  assert.equal(stdout, 'Refusal GOOGLE_CREDENTIALS_MISSING\n'.repeat(2));
});

test('nothing of a credentials file that cannot be used is in the refusal', async () => {
  const file = join(folder, 'credentials.json');
  await writeFile(file, 'very-secret-credentials');
  const script = `
    const { createGoogleClients } = await import('./services/google-clients.ts');
    await createGoogleClients({}).catch((error) => console.log(error.code, error.stack));`;
  const env = { HOME: folder, METADATA_SERVER_DETECTION: 'none', GOOGLE_APPLICATION_CREDENTIALS: file };
  const child = { cwd: join(here, '..', '..'), env };
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], child);
  assert.match(stdout, /^GOOGLE_CREDENTIALS_MISSING/);
  assert.doesNotMatch(stdout, /very-secr/);
});
