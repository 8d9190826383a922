/** Two people and a scope that others get access to: the one applies, the other decides, by the commands alone. */
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { organisation } from '../onboarding.ts';
import { onboardAdminClient } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { createCaller } from './client-call.ts';
import type { Called, Caller } from './client-call.ts';

const consumer = '889640782';
const open = 'nav:open/lesing';

let world: TestWorld;
let caller: Caller;
let tenant: string;
before(async () => {
  world = await startTestWorld();
  const { digdir } = world.cloud;
  digdir.registerOrganisation(consumer, 'En etat');
  digdir.registerPrefix(organisation, 'etat');
  digdir.registerScope({ name: open, owner_orgno: consumer, accessible_for_all: true });
  await onboardAdminClient(world, 'maskinporten');
  caller = await createCaller(world);
  const file = parse(await readFile(join(caller.folder, 'tenant.yaml'), 'utf8')) as Record<string, object>;
  const applications = { ...file['applications'], maskinporten: { scopePrefix: 'etat' } };
  tenant = await caller.write('wide.yaml', stringify({ ...file, applications, approval: { wide: {} } }));
});
after(() => world.close());

/** A Maskinporten client; `product`: of the scope that it offers to the consumer, where it offers one. */
const machine = (name: string, product?: string): string =>
  stringify({
    apiVersion: 'nais.io/v1',
    kind: 'MaskinportenClient',
    metadata: { name, namespace: 'team' },
    spec: {
      secretName: name,
      scopes: {
        consumes: [{ name: open }],
        ...(product
          ? { exposes: [{ enabled: true, product, name: 'data.read', consumers: [{ orgno: consumer }] }] }
          : {}),
      },
    },
  });

const consumersOf = (product: string) =>
  world.cloud.digdir
    .inspect()
    .accesses.filter(({ scope, state }) => scope === `etat:${product}:data.read` && state === 'APPROVED')
    .map(({ consumer: orgno }) => orgno);

const apply = (file: string, options: object = {}): Promise<Called> =>
  caller.call('apply', [], { tenant, file: [file], ...options });

const digestIn = ({ stderr }: { readonly stderr: string }) => /--digest (sha256:[0-9a-f]{64})/.exec(stderr)?.[1] ?? '';
const idOf = (name: string) => `oauth-client:${world.tenant}:local:dev:team:${name}:maskinporten`;

const decide = (verb: 'approve' | 'reject', name: string, options: object): Promise<Called> =>
  caller.call(verb, [idOf(name)], { gate: 'wide', by: 'kari', reason: 'seen', ...options });

type Approval = {
  readonly workflowId: string;
  readonly gate: string;
  readonly command: string;
  readonly digest: string;
};

/** What waits for this client, once it does. */
async function approvalOf(name: string): Promise<Approval> {
  for (;;) {
    const { document } = await caller.ask('approvals', []);
    const found = (document['approvals'] as Approval[]).find(({ workflowId }) => workflowId === idOf(name));
    if (found) return found;
  }
}

suite('a scope that others get access to', () => {
  let file: string;
  let digest: string;

  test('plan tells that an approval will be awaited', async () => {
    file = await caller.write('register.yaml', machine('register', 'register'));
    const { code, stdout, stderr } = await caller.call('plan', [], { tenant, file: [file] });
    assert.equal(code, 7);
    assert.match(stdout, /grant-access: give organisation 889640782 access to etat:register:data\.read \[wide\]/);
    assert.match(stderr, /waits for approval .*wide/);
  });

  test('apply that does not wait leaves with 4, and says what to type', async () => {
    const applied = await apply(file, { wait: false });
    assert.equal(applied.code, 4, applied.stderr);
    assert.match(applied.stdout, /^team\/register\/maskinporten: waiting$/m);
    digest = digestIn(applied);
    const command = `digdir approve ${idOf('register')} --gate wide --digest ${digest} --reason 'WHY'`;
    assert.ok(applied.stderr.includes(command), applied.stderr);
    const approval = await approvalOf('register');
    assert.deepEqual([approval.gate, approval.digest], ['wide', digest]);
    assert.ok(approval.command.startsWith(`${command} --temporal `), approval.command);
    const status = await caller.call('status', ['team/register/maskinporten'], { tenant });
    assert.ok(status.stdout.includes(command), status.stdout);
  });

  test('who asked cannot approve, and sees the whole plan; another can, and it is carried out', async () => {
    const own = await decide('approve', 'register', { by: 'per', digest });
    assert.deepEqual([own.code, /DECISION_OWN_REQUEST/.test(own.stdout)], [6, true]);
    assert.match(own.stderr, /create-scope: create the scope etat:register:data\.read/);
    assert.match(own.stderr, /accessible_for_all: false/);
    assert.deepEqual(consumersOf('register'), []);
    const approved = await decide('approve', 'register', { digest });
    assert.deepEqual([approved.code, approved.stdout], [0, 'counted: Your approval counts.\n']);
    const again = await apply(file);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /unchanged/);
    assert.deepEqual(consumersOf('register'), [consumer]);
  });

  test('who decided what is kept, and told', async () => {
    const { code, stdout } = await caller.call('history', ['team/register/maskinporten'], { tenant });
    assert.equal(code, 0);
    const run = /^ {2}\d{4}.* UTC {2}apply: applied, asked for by per: Everything is as asked now\.$/m;
    assert.match(stdout, run);
    assert.match(stdout, /^ {4}per: approve at wide \("seen"\), refused at .* UTC: .*\[DECISION_OWN_REQUEST\]$/m);
    assert.match(stdout, /^ {4}kari: approve at wide \("seen"\), counted at /m);
    const other = await caller.call('history', ['team/nobody'], { tenant });
    assert.deepEqual(
      [other.code, other.stdout],
      [0, 'team/nobody: no decision of people is on record under this name\n'],
    );
  });

  test('the secret that keeps it is nothing that expires', async () => {
    const { code, stderr } = await caller.call('expiry', [], { file: [tenant] });
    assert.deepEqual([code, /EXPIRY_UNSEEN/.test(stderr)], [0, false], stderr);
  });
});

test('apply that waits hears of a rejection, and leaves with 5', async () => {
  const file = await caller.write('avvist.yaml', machine('avvist', 'avvist'));
  const { promise: waits, resolve } = Promise.withResolvers<void>();
  const applying = caller.call('apply', [], { tenant, file: [file] }, (line) => {
    if (line.includes('waits for the approval of one person, not per, who asked for it')) resolve();
  });
  await waits;
  const { digest } = await approvalOf('avvist');
  assert.equal((await decide('reject', 'avvist', { digest, reason: 'not them' })).code, 0);
  const { code, stdout, stderr } = await applying;
  assert.equal(code, 5, stderr);
  assert.match(stderr, /kari rejected wide: not them\. .* run the command again\. \[REJECTED\]/);
  assert.match(stdout, /^team\/avvist\/maskinporten: rejected \[REJECTED\]$/m);
});

test('a request that waits can be withdrawn', async () => {
  const file = await caller.write('angret.yaml', machine('angret', 'angret'));
  const applying = apply(file);
  await approvalOf('angret');
  const { code } = await caller.call('withdraw', [idOf('angret')], { reason: 'a mistake' });
  assert.equal(code, 0);
  assert.equal((await applying).code, 5);
  assert.deepEqual(consumersOf('angret'), []);
});

test('in a folder, one that waits for people keeps nobody waiting: the others are carried out, and the code is 4', async () => {
  await mkdir(join(caller.folder, 'many'));
  await caller.write('many/one.yaml', machine('plain'));
  await caller.write('many/two.yaml', machine('shared', 'shared'));
  const { code, document } = await caller.ask('apply', [], { tenant, file: [join(caller.folder, 'many')] });
  const clients = document['clients'] as { client: string; state: string; exitCode: number }[];
  assert.deepEqual(
    clients.map(({ client, state, exitCode }) => [client, state, exitCode]),
    [
      ['team/plain/maskinporten', 'ended', 0],
      ['team/shared/maskinporten', 'waiting', 4],
    ],
  );
  assert.equal(code, 4);
  const asked = caller.call('status', [], { workflow: idOf('shared'), tenant: undefined });
  await assert.rejects(asked, { code: 'USAGE', message: /digdir status NAMESPACE\/NAME/ });
  assert.equal((await caller.call('withdraw', [idOf('shared')], { reason: 'the test is over' })).code, 0);
});
