/** Credentials in every form: what a shell, a folder and Kubernetes make of them is what was published. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { writeCredentialFiles } from '../../client/credential-files.ts';
import { envText, kubernetesText, redacted } from '../../client/credential-formats.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';

const jwk = {
  use: 'sig',
  kid: 'k1',
  alg: 'RS256',
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
};
const variables = {
  IDPORTEN_CLIENT_ID: 'e89006c5-7193-4ca3-8e26-d0990d9d981f',
  IDPORTEN_CLIENT_JWK: JSON.stringify(jwk),
  IDPORTEN_REDIRECT_URI: "https://app.example.no/it's?a=$HOME&b=`id`",
};
const client: OAuthClientName = {
  tenant: 'nais-test',
  environment: 'test',
  cluster: 'dev',
  namespace: 'team-soknad',
  name: 'soknad',
  kind: 'idporten',
};

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digdir-credentials-'));
});
after(async () => await rm(folder, { recursive: true }));

test('a POSIX shell that sources the lines has exactly the values', async () => {
  const file = join(folder, 'env');
  await writeFile(file, envText(variables));
  const names = Object.keys(variables);
  const script = `. "$1"; sh -c 'for n in ${names.join(' ')}; do printenv "$n"; done'`;
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script, 'sh', file]);
  assert.equal(stdout, Object.values(variables).join('\n').concat('\n'));
});

suite('files', () => {
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  test('each variable is a file for its owner alone, without a line break at its end', async () => {
    const here = join(folder, 'made', 'here');
    const { files, open } = await writeCredentialFiles(here, variables);
    assert.equal(await mode(here), 0o700);
    assert.equal(open, false);
    assert.deepEqual(
      files,
      Object.keys(variables).map((name) => join(here, name)),
    );
    assert.deepEqual((await readdir(here)).sort(), Object.keys(variables).sort());
    for (const [name, value] of Object.entries(variables)) {
      assert.equal(await mode(join(here, name)), 0o600);
      assert.equal(await readFile(join(here, name), 'utf8'), value);
    }
  });

  test('new values take the place of the former ones, whose variables may be gone; other files stay', async () => {
    const here = await mkdtemp(join(folder, 'again-'));
    await writeCredentialFiles(here, variables);
    await writeFile(join(here, 'README'), 'mine');
    await chmod(join(here, 'IDPORTEN_CLIENT_ID'), 0o644);
    const { removed } = await writeCredentialFiles(here, { IDPORTEN_CLIENT_ID: 'another' });
    assert.deepEqual((await readdir(here)).sort(), ['IDPORTEN_CLIENT_ID', 'README']);
    assert.deepEqual(removed.toSorted(), [join(here, 'IDPORTEN_CLIENT_JWK'), join(here, 'IDPORTEN_REDIRECT_URI')]);
    assert.equal(await readFile(join(here, 'IDPORTEN_CLIENT_ID'), 'utf8'), 'another');
    assert.equal(await mode(join(here, 'IDPORTEN_CLIENT_ID')), 0o600);
  });

  test('a folder that is open to others stays as it is, and that is told', async () => {
    const here = await mkdtemp(join(folder, 'open-'));
    await chmod(here, 0o755);
    const { open } = await writeCredentialFiles(here, variables);
    assert.equal(open, true);
    assert.equal(await mode(here), 0o755);
  });

  test('a folder that is a file is the fault of who names it', async () => {
    const file = join(await mkdtemp(join(folder, 'file-')), 'taken');
    await writeFile(file, 'mine');
    await assert.rejects(writeCredentialFiles(file, variables), { code: 'USAGE', message: /taken cannot be/ });
    assert.equal(await readFile(file, 'utf8'), 'mine');
  });

  test('nothing half-written stays behind when it cannot be done', async () => {
    const here = await mkdtemp(join(folder, 'blocked-'));
    const blocked = writeCredentialFiles(here, { ...variables, 'NO/SUCH': 'folder' });
    await assert.rejects(blocked);
    assert.deepEqual(await readdir(here), []);
  });
});

test('Kubernetes reads back a secret with every variable, for this application', () => {
  const secret = parse(kubernetesText(variables, client, 'idporten-soknad')) as Record<string, unknown>;
  assert.deepEqual(secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'idporten-soknad',
      namespace: 'team-soknad',
      labels: { app: 'soknad', type: 'digdir-workflows' },
      annotations: { 'reloader.stakater.com/match': 'true' },
    },
    type: 'Opaque',
    stringData: variables,
  });
});

test('what is redacted has the public half of the key, and of its private members none', () => {
  const shown = redacted(variables);
  const { use, kid, alg, kty, n, e } = jwk;
  assert.deepEqual(JSON.parse(shown['IDPORTEN_CLIENT_JWK'] ?? ''), { use, kid, alg, kty, n, e, d: '(withheld)' });
  assert.equal(shown['IDPORTEN_CLIENT_ID'], variables.IDPORTEN_CLIENT_ID);
  for (const member of [jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi]) {
    assert.ok(!JSON.stringify(shown).includes(String(member)));
  }
  assert.equal(redacted({ IDPORTEN_CLIENT_JWK: 'no JSON' })['IDPORTEN_CLIENT_JWK'], '(withheld)');
});
