/** What a team does with the client of its application, from the manifest to its removal, by the commands alone. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { carryOut } from '../../client/following-clients.ts';
import { readManifestsInput } from '../../client/manifests-input.ts';
import type { ProvisioningResult } from '../../domain/provisioning.ts';
import { clientAt, onboardAdminClient, requestOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { application, createCaller } from './client-call.ts';
import type { Caller } from './client-call.ts';

let world: TestWorld;
let caller: Caller;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  caller = await createCaller(world);
});
after(() => world.close());

type Ended = { readonly client: string; readonly state: string; readonly result: Record<string, unknown> };

const clientsMarked = (name: string) =>
  world.cloud.digdir.inspect().clients.filter(({ client }) => client.description === `dev:team:${name}`);

suite('the life of a client', () => {
  const title = 'team/soknad';
  let file: string;
  let clientId: string;
  let kid: string;

  const published = async (): Promise<Record<string, string>> => {
    const { code, stdout } = await caller.call('credentials', [title], { format: 'json' });
    assert.equal(code, 0);
    return JSON.parse(stdout) as Record<string, string>;
  };
  const kidOf = (variables: Record<string, string>): string =>
    (JSON.parse(variables['IDPORTEN_CLIENT_JWK'] ?? '') as { kid: string }).kid;

  test('before it is applied, nothing is known of it', async () => {
    file = await caller.write('soknad.yaml', application('soknad'));
    await assert.rejects(caller.call('credentials', [title], { format: 'env' }), { code: 'CREDENTIALS_MISSING' });
    await assert.rejects(caller.call('status', [title]), { code: 'CLIENT_UNKNOWN' });
  });

  test('plan tells each step and why, and changes nothing', async () => {
    const { code, stdout } = await caller.call('plan', [], { file: [file] });
    assert.equal(code, 7);
    assert.match(stdout, /^team\/soknad \(.*soknad\.yaml:1:1\)$/m);
    assert.match(stdout, /register-client: register the idporten client dev:team:soknad\n {6}because there is none/);
    assert.match(stdout, /redirect_uris: \["https:\/\/soknad\.example\.no\/oauth2\/callback"\]/);
    assert.deepEqual(clientsMarked('soknad'), []);
  });

  test('apply carries it out, and says so step by step', async () => {
    const { code, stdout, stderr } = await caller.call('apply', [], { file: [file] });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^team\/soknad: started oauth-client:.*:local:dev:team:soknad:idporten/);
    for (const step of [/register the idporten client .* done/, /prove the key .* done/, /publish .* done/]) {
      assert.match(stderr, step);
    }
    assert.match(stdout, /^team\/soknad: applied\. /);
    assert.match(stdout, /published +projects\/local-project\/secrets\/.*\/versions\/1$/m);
    assert.match(stdout, /key +\S+, until \d{4}-\d{2}-\d{2} /);
    clientId = /client id +(\S+)/.exec(stdout)?.[1] ?? '';
    assert.equal(clientAt(world, clientId).client.description, 'dev:team:soknad');
  });

  test('then there is nothing to do, for plan and for apply', async () => {
    const planned = await caller.call('plan', [], { file: [file] });
    assert.deepEqual([planned.code, planned.stdout.endsWith(': nothing to do\n')], [0, true]);
    const { code, document } = await caller.ask('apply', [], { file: [file] });
    const [ended] = document['clients'] as Ended[];
    assert.deepEqual([code, ended?.result['outcome'], document['outboundHosts']], [0, 'unchanged', []]);
  });

  test('a change is shown field by field, from what to what', async () => {
    const changed = await caller.write('changed.yaml', application('soknad', { sessionLifetime: 3600 }));
    const { code, stdout } = await caller.call('plan', [], { file: [changed] });
    assert.equal(code, 7);
    assert.match(stdout, /authorization_lifetime: 7200 → 3600 \(the declared session lifetime/);
  });

  test('the credentials are the same in every form, and their key is the one at Digdir', async () => {
    const variables = await published();
    kid = kidOf(variables);
    assert.equal(variables['IDPORTEN_CLIENT_ID'], clientId);
    assert.equal(variables['IDPORTEN_REDIRECT_URI'], 'https://soknad.example.no/oauth2/callback');
    const jwk = JSON.parse(variables['IDPORTEN_CLIENT_JWK'] ?? '') as Record<string, string>;
    const { n } = createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' })).export({ format: 'jwk' });
    assert.deepEqual(
      clientAt(world, clientId).keys.map((key) => [key.kid, key.n]),
      [[kid, n]],
    );

    const env = await caller.call('credentials', [title], { format: 'env' });
    const sourced = await promisify(execFile)('/bin/sh', ['-c', `${env.stdout}\nprintenv IDPORTEN_CLIENT_JWK`]);
    assert.equal(sourced.stdout, `${variables['IDPORTEN_CLIENT_JWK']}\n`);

    const folder = join(caller.folder, 'idporten');
    assert.equal((await caller.call('credentials', [title], { format: 'files', folder })).code, 0);
    assert.deepEqual((await readdir(folder)).sort(), Object.keys(variables).sort());
    assert.equal(await readFile(join(folder, 'IDPORTEN_CLIENT_JWK'), 'utf8'), variables['IDPORTEN_CLIENT_JWK']);

    const kubernetes = await caller.call('credentials', [title], { format: 'kubernetes', name: 'soknad-idporten' });
    const secret = parse(kubernetes.stdout) as { metadata: Record<string, unknown>; stringData: unknown };
    assert.deepEqual([secret.metadata['name'], secret.metadata['namespace']], ['soknad-idporten', 'team']);
    assert.deepEqual(secret.stringData, variables);

    const shown = await caller.call('credentials', [title], { format: 'env', redact: true });
    assert.ok(!shown.stdout.includes(jwk['d'] ?? ''));
    assert.match(shown.stdout, /"d":"\(withheld\)"/);
  });

  test('a new key is published, and the old one stays until it is acknowledged', async () => {
    const { code, stderr, stdout } = await caller.call('rotate-key', [title]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /versions\/2$/m);
    assert.notEqual(kidOf(await published()), kid);
    const former = await caller.call('credentials', [title], { format: 'json', version: '1' });
    assert.equal(kidOf(JSON.parse(former.stdout) as Record<string, string>), kid);

    const standing = await caller.call('status', [title]);
    assert.equal(standing.code, 0);
    assert.match(standing.stdout, /^team\/soknad: active\n/);
    assert.match(standing.stdout, new RegExp(`old key +${kid}, still works until .* version 2: .*digdir acknowledge`));
    const { document } = await caller.ask('status', [title]);
    const { keys } = document['record'] as { keys: { kid: string; role: string }[] };
    assert.equal(keys.find((key) => key.kid === kid)?.role, 'old');
  });

  test('who uses another version than the published one is told so, and the old key stays', async () => {
    const { code, stderr, stdout } = await caller.call('acknowledge', [title], { version: '1' });
    assert.equal(code, 3);
    assert.match(stderr, /Version 1 is used, and 2 is the one to use\..*\[CREDENTIALS_OUTDATED\]/);
    assert.match(stdout, /^team\/soknad: refused \[CREDENTIALS_OUTDATED\]/);
    assert.equal(clientAt(world, clientId).keys.length, 2);
  });

  test('once it is acknowledged, the old key is gone', async () => {
    assert.equal((await caller.call('acknowledge', [title], { version: '2' })).code, 0);
    assert.equal(clientAt(world, clientId).keys.length, 1);
    assert.doesNotMatch((await caller.call('status', [title])).stdout, /old key/);
  });

  test('delete without a terminal has to be meant', async () => {
    await assert.rejects(caller.call('delete', [title]), { code: 'USAGE' });
    assert.equal(clientsMarked('soknad').length, 1);
  });

  test('delete takes the client away, and its credentials with it', async () => {
    const { code, stderr } = await caller.call('delete', [title], { yes: true });
    assert.equal(code, 0, stderr);
    assert.match((await caller.call('status', [title])).stdout, /^team\/soknad: removed\n/);
    await assert.rejects(caller.call('credentials', [title], { format: 'json' }), { code: 'CREDENTIALS_MISSING' });
  });
});

test('what was deleted comes back with a new key when it is applied again', async () => {
  const file = await caller.write('back.yaml', application('back'));
  assert.equal((await caller.call('apply', [], { file: [file] })).code, 0);
  assert.equal((await caller.call('delete', ['team/back'], { yes: true })).code, 0);
  assert.equal((await caller.call('plan', [], { file: [file] })).code, 7);
  const { code, stdout, stderr } = await caller.call('apply', [], { file: [file] });
  assert.equal(code, 0, stderr);
  const clientId = /client id +(\S+)/.exec(stdout)?.[1];
  const { client, keys } = clientAt(world, clientId);
  assert.deepEqual([client.active, keys.length], [true, 1]);
  const credentials = await caller.call('credentials', ['team/back'], { format: 'json' });
  assert.equal((JSON.parse(credentials.stdout) as Record<string, string>)['IDPORTEN_CLIENT_ID'], clientId);
});

test('Ctrl-C leaves the run to itself', async () => {
  const file = await caller.write('left.yaml', application('left'));
  const left = new AbortController();
  const { declarations } = await readManifestsInput([file], join(caller.folder, 'tenant.yaml'));
  const requests = declarations.map(({ client, spec }) => requestOf(world, client, { kind: 'apply', spec }));
  const said: string[] = [];
  const output = {
    data: () => {},
    say: (line: string) => {
      said.push(line);
      if (line.includes('started')) left.abort();
    },
    json: false,
    interactive: false,
    live: false,
    terminal: false,
  };
  const { client, prefix } = world;
  const [followed] = await carryOut(requests, { client, prefix, output, wait: true, signal: left.signal });
  assert.deepEqual([followed?.exitCode, followed?.end], [130, { state: 'left' }]);
  const { ends } = (await client.workflow.getHandle(followed?.workflowId ?? '').result()) as ProvisioningResult;
  assert.deepEqual(
    ends.map(({ outcome }) => outcome),
    ['applied'],
  );
});

suite('manifests with findings', () => {
  test('all findings of all files are told with their places, and nothing is started', async () => {
    const one = await caller.write('one.yaml', application('one', { sessionLifetime: 1 }));
    const two = await caller.write('two.yaml', application('two', { clientUri: 'https://www.example.no' }));
    for (const command of ['plan', 'apply']) {
      const { code, stdout, stderr } = await caller.call(command, [], { file: [one, two, 'none.yaml'] });
      assert.deepEqual([code, stdout], [3, '']);
      assert.match(stderr, /one\.yaml:\d+:\d+: .*\[FIELD_INVALID\]/);
      assert.match(stderr, /two\.yaml:\d+:\d+: .*clientURI.*\[FIELD_UNKNOWN\]/);
      assert.match(stderr, /none\.yaml: .*\[FILE_UNREADABLE\]/);
    }
    assert.deepEqual([...clientsMarked('one'), ...clientsMarked('two')], []);
  });

  test('what is wrong with the tenant file is told together with what is wrong with the manifests', async () => {
    const tenant = await caller.write('broken-tenant.yaml', 'tenant: UPPER\n');
    const file = await caller.write('three.yaml', application('three', { sessionLifetime: 1 }));
    const { code, document } = await caller.ask('apply', [], { file: [file], tenant });
    assert.equal(code, 3);
    const places = (document['findings'] as { where: string }[]).map(({ where }) => where.replace(/.*\//, ''));
    assert.ok(places.some((where) => where.startsWith('broken-tenant.yaml:1:')));
    assert.ok(places.some((where) => where.startsWith('three.yaml:')));
  });

  test('a document with a finding holds back itself, and the others are carried out', async () => {
    const text = [application('right'), application('wrong', { sessionLifetime: 1 })].join('---\n');
    const file = await caller.write('both.yaml', text);
    const planned = await caller.call('plan', [], { file: [file] });
    assert.equal(planned.code, 9);
    assert.match(planned.stdout, /^team\/right/);
    const { code, document } = await caller.ask('apply', [], { file: [file] });
    assert.equal(code, 9);
    assert.deepEqual(
      (document['clients'] as Ended[]).map(({ client, result }) => [client, result['outcome']]),
      [['team/right', 'applied']],
    );
    assert.equal(clientsMarked('right').length, 1);
    assert.deepEqual(clientsMarked('wrong'), []);
  });

  test('a refusal of one client leaves the others alone', async () => {
    const text = [application('right', { integrationType: 'api_klient' }), application('other')].join('---\n');
    const { code, stderr, stdout } = await caller.call('apply', [], { file: [await caller.write('mixed.yaml', text)] });
    assert.equal(code, 9);
    assert.match(stderr, /^team\/right: .*\[INTEGRATION_TYPE_IMMUTABLE\]$/m);
    assert.match(stdout, /^team\/right: refused \[INTEGRATION_TYPE_IMMUTABLE\]/);
    assert.match(stdout, /^team\/other: applied/m);
  });

  test('documents that declare nothing of ours are passed over', async () => {
    const file = await caller.write('service.yaml', 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\n');
    const { code, stderr } = await caller.call('apply', [], { file: [file] });
    assert.equal(code, 0);
    assert.match(stderr, /No client is declared\./);
  });
});

test('--no-wait leaves once the request is accepted, and status tells of it', async () => {
  const file = await caller.write('later.yaml', application('later'));
  const { code, document } = await caller.ask('apply', [], { file: [file], wait: false });
  const [accepted] = document['clients'] as Ended[];
  assert.deepEqual([code, accepted?.state], [0, 'accepted']);
  for (;;) {
    const { stdout } = await caller.call('status', ['team/later']);
    if (/^ {2}last run +apply for per: applied\./m.test(stdout)) break;
    assert.match(stdout, /at work|last run/);
  }
});
