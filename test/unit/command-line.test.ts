/** The command line of `digdir`: what it answers before anything is reached. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commands } from '../../client/table.ts';

const program = join(import.meta.dirname, '..', '..', 'client', 'digdir.js');

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

const digdir = async (...args: readonly string[]): Promise<Ended> =>
  await new Promise((resolve) => {
    const environment = { PATH: process.env['PATH'], HOME: folder, TEMPORAL_ADDRESS: closedAddress };
    const child = execFile(process.execPath, [program, ...args], { env: environment }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end();
  });

let folder: string;
let closedAddress: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digdir-command-'));
  closedAddress = await addressThatIsClosed();
});
after(async () => await rm(folder, { recursive: true }));

async function addressThatIsClosed(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('digdir', { concurrency: 3 }, () => {
  it('lists all commands with --help, on stdout', async () => {
    const { code, stdout, stderr } = await digdir('--help');
    assert.equal(code, 0);
    assert.equal(stderr, '');
    for (const { name } of commands) assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
  });

  for (const { name } of commands) {
    it(`explains ${name} with --help`, async () => {
      const { code, stdout } = await digdir(name, '--help');
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: digdir ${name} `));
    });
  }

  const usage: Record<string, readonly string[]> = {
    'an unknown command': ['onbord'],
    'an unknown option': ['approvals', '--bogus'],
    'a missing option': ['withdraw', 'admin-client:a:local:idporten'],
    'a missing argument': ['approve', '--gate', 'custody', '--reason', 'why'],
    'an unknown gate': ['reject', 'id', '--gate', 'door', '--reason', 'why', '--digest', 'd'],
    'a decision without a digest where nobody can be asked': ['approve', 'id', '--gate', 'custody', '--reason', 'why'],
    'status of a tenant and of a workflow': ['status', '-f', 'x', '--workflow', 'id'],
    'an unknown client': ['onboard', '-f', 'x', '--client', 'altinn'],
    'a propagation that is no time': ['onboard', '-f', 'x', '--propagation', 'soon'],
    'adopted resources without --client': ['onboard', '-f', 'x', '--key-version', 'v'],
    'a client without its namespace': ['credentials', 'soknad', '--format', 'env'],
    'credentials in no form': ['credentials', 'team/soknad', '--format', 'toml'],
    'a version that is no number': ['credentials', 'team/soknad', '--format', 'files', '--version', 'latest'],
    'JSON that is none': ['credentials', 'team/soknad', '--format', 'env'],
    'files without what they are for': ['credentials', 'team/soknad', '--format', 'files', '--redact'],
    'a folder for what is no file': ['credentials', 'team/soknad', '--format', 'json', '--folder', 'x'],
    'a name that Kubernetes would not take': ['credentials', 'team/soknad', '--format', 'kubernetes', '--name', 'A/B'],
    'no manifest at all': ['apply'],
    'more clients at one time than there may be': ['apply', '-f', 'x', '--parallel', '51'],
    'no client at a time': ['plan', '-f', 'x', '--parallel', '0'],
    'a client of no namespace': ['rotate-key', 'soknad'],
    'an acknowledged version that is no number': ['acknowledge', 'team/soknad', '--version', '0'],
    'a deletion that nobody confirms': ['delete', 'team/soknad'],
    'status of a client and of a workflow': ['status', 'team/soknad', '--workflow', 'id'],
    'two sources of one passphrase': ['onboard', '-f', 'x', '--passphrase-stdin', '--passphrase-file', 'y'],
  };
  for (const [what, args] of Object.entries(usage)) {
    it(`exits with 2 on ${what}, and says so in the JSON document`, async () => {
      const { code, stdout, stderr } = await digdir(...args, '--no-input', ...(args[0] === 'onbord' ? [] : ['--json']));
      assert.equal(code, 2);
      assert.notEqual(stderr, '');
      if (args[0] !== 'onbord') assert.equal(JSON.parse(stdout).failure.code, 'USAGE');
    });
  }

  it('exits with 6 when Temporal cannot be reached, with one JSON document', async () => {
    const { code, stdout, stderr } = await digdir('approvals', '--json');
    assert.equal(code, 6);
    assert.equal(JSON.parse(stdout).failure.code, 'TEMPORAL_UNREACHABLE');
    assert.match(stderr, /TEMPORAL_ADDRESS/);
  });

  it('never sends an ID token that is bound to something else', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = await file('token', `${part({ alg: 'RS256' })}.${part({ aud: 'some-service' })}.c2ln`);
    const decision = ['approve', 'id', '--gate', 'custody', '--reason', 'why', '--digest', 'sha256:d'];
    const { code, stderr } = await digdir(...decision, '--id-token-file', token);
    assert.equal(code, 6);
    assert.match(stderr, /was not sent.*\[DECISION_UNVERIFIED\]/);
    assert.doesNotMatch(stderr, /c2ln/);
  });
});

const goodTenant = `
tenant: etat
environment: test
organisation: "991825827"
google: { project: etat-prod, location: europe-north1, keyRing: digdir }
platform: group:platform@etat.no
clients:
  maskinporten: { clientId: 5b0f }
`;

describe('digdir onboard', { concurrency: 3 }, () => {
  const encryptedKey = () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'right' })
      .toString();

  it('tells the findings of all documents together, before it reaches for Temporal', async () => {
    const tenant = await file('tenant.yaml', 'tenant: UPPER\nclient: {}\n');
    const key = await file('key.pem', encryptedKey());
    const passphrase = await file('passphrase', 'wrong\n');
    const files = ['-f', tenant, '--key-file', key, '--passphrase-file', passphrase];
    const { code, stdout, stderr } = await digdir('onboard', ...files, '--json');
    assert.equal(code, 3);
    const { findings } = JSON.parse(stdout) as { findings: { code: string }[] };
    const codes = new Set(findings.map((finding) => finding.code));
    for (const expected of ['FIELD_UNKNOWN', 'FIELD_INVALID', 'FIELD_MISSING', 'PASSPHRASE_WRONG']) {
      assert.ok(codes.has(expected), expected);
    }
    assert.match(stderr, /tenant\.yaml:2:1/);
    assert.doesNotMatch(stdout + stderr, /wrong\b/);
  });

  it('names a file that cannot be read', async () => {
    const { code, stderr } = await digdir('onboard', '-f', join(folder, 'none.yaml'), '--key-file', 'none.p12');
    assert.equal(code, 3);
    assert.match(stderr, /none\.yaml: .*ENOENT/);
    assert.match(stderr, /none\.p12: .*ENOENT/);
  });

  it('asks for no passphrase where nobody can be asked', async () => {
    const key = await file('closed.pem', encryptedKey());
    const { code, stderr } = await digdir('onboard', '-f', await file('t.yaml', goodTenant), '--key-file', key);
    assert.equal(code, 2);
    assert.match(stderr, /\[PASSPHRASE_MISSING\]/);
  });

  it('tells of a missing passphrase together with the findings of the tenant file', async () => {
    const key = await file('closed-too.pem', encryptedKey());
    const { code, stderr } = await digdir('onboard', '-f', await file('faulty.yaml', 'a: 1'), '--key-file', key);
    assert.equal(code, 3);
    assert.match(stderr, /\[FIELD_UNKNOWN\]/);
    assert.match(stderr, /closed-too\.pem: .*\[PASSPHRASE_MISSING\]/);
  });
});
