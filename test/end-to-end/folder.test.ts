/** A folder with the clients of hundreds of applications: what is right is carried out, what is wrong is explained. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Client, ServiceError } from '@temporalio/client';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { carryOut } from '../../client/following-clients.ts';
import type { FollowedClient } from '../../client/following-clients.ts';
import { readManifestsInput } from '../../client/manifests-input.ts';
import type { Output } from '../../client/output.ts';
import { payloadConverterPath } from '../../worker/run.ts';
import { onboardAdminClient, requestOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { application, createCaller } from './client-call.ts';
import type { Called, Caller } from './client-call.ts';

let world: TestWorld;
let caller: Caller;
let folder: string;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  caller = await createCaller(world);
  folder = join(caller.folder, 'manifests');
});
after(() => world.close());

/** A multiple of 20. Each costs the making of a key: hundreds, as `DIGDIR_TEST_CLIENTS=300` has them, take some minutes. */
const total = Number(process.env['DIGDIR_TEST_CLIENTS'] ?? 60);
/** In a file. */
const documents = 5;
/** In a folder. */
const files = Math.max(5, total / 20);
const [early, middle, last] = [7, total / 2 - 3, total - 1];
/** Client to what is wrong with it. */
const broken: Readonly<Record<number, Readonly<Record<string, unknown>>>> = {
  [early]: { sessionLifetime: 1 },
  [middle]: { clientUri: 'https://www.example.no' },
  [last]: { integrationType: 'maskinporten' },
};
const wrong = Object.keys(broken).length;

const nameOf = (index: number): string => `app-${String(index).padStart(3, '0')}`;
const fileOf = (index: number): string => {
  const file = Math.floor(index / documents);
  return join(folder, `area-${Math.floor(file / files)}`, 'teams', `team-${file}.${file % 2 ? 'yml' : 'yaml'}`);
};

/** Writes the files of the clients; `fields` gives what is odd about each. */
async function write(indexes: readonly number[], fields: (index: number) => Readonly<Record<string, unknown>>) {
  for (const [file, inFile] of Map.groupBy(indexes, fileOf)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, inFile.map((index) => application(nameOf(index), fields(index))).join('---\n'));
  }
}

/** Those that are declared in the file of this one. */
const inFileOf = (index: number): number[] => all.filter((other) => fileOf(other) === fileOf(index));

const all = Array.from({ length: total }, (_, index) => index);

/** How often each call that changes something was made at Digdir or in Secret Manager, from one moment on. */
function writesSince(index: number): Record<string, number> {
  const changing = /^(POST|PUT|PATCH|DELETE) |^(Create|Add|Update|Delete|Destroy|Disable)/;
  const ours = world.cloud.calls
    .list()
    .slice(index)
    .filter(({ system, method }) => system !== 'maskinporten' && system !== 'idporten' && changing.test(method));
  return Object.fromEntries([...Map.groupBy(ours, ({ method }) => method)].map(([method, of]) => [method, of.length]));
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** The lines of stderr that tell findings, without what they say. */
const placesIn = ({ stderr }: Called): string[] =>
  [...stderr.matchAll(/^.*\/(team-\d+\.ya?ml:\d+:\d+): .*\[(\w+)\]$/gm)].map(([, place, code]) => `${place} ${code}`);

type Writes = Readonly<Record<string, number>>;
let first: { readonly writes: Writes; readonly clients: ReturnType<typeof atDigdir> };

/** The clients of the folder as Digdir has them, by their mark. */
const atDigdir = () =>
  new Map(
    world.cloud.digdir
      .inspect()
      .clients.filter(({ client }) => client.description?.startsWith('dev:team:app-'))
      .map((record) => [record.client.description, structuredClone(record)]),
  );

test(`${total - wrong} of ${total} are applied, and the three others explained`, async (t) => {
  await write(all, (index) => broken[index] ?? {});
  const [begun, calls] = [performance.now(), world.cloud.calls.count()];
  const called = await caller.call('apply', [], { file: [folder], parallel: '16' });
  t.diagnostic(`apply of ${total} clients: ${seconds(begun)}`);

  assert.equal(called.code, 9, called.stderr);
  assert.deepEqual(placesIn(called), [
    `${basename(fileOf(early))}:33:22 FIELD_INVALID`,
    `${basename(fileOf(middle))}:33:5 FIELD_UNKNOWN`,
    `${basename(fileOf(last))}:55:22 FIELD_INVALID`,
  ]);
  const [head, ...rows] = called.stdout.trimEnd().split('\n');
  assert.match(head ?? '', /^CLIENT +OUTCOME +CLIENT ID +PUBLISHED OR FAILURE$/);
  const right = all.filter((index) => !(index in broken)).map((index) => `team/${nameOf(index)}`);
  assert.deepEqual(
    rows.map((row) => row.split(/ {2,}/).filter((_, column) => column !== 2)),
    right.map((client) => [client, 'applied', 'version 1']),
  );

  // Without a terminal: a line for each client, how far it has come now and then, and no steps.
  const lines = called.stderr.split('\n');
  assert.equal(lines.filter((line) => /^team\/app-\d{3}: applied$/.test(line)).length, total - wrong);
  const done = `of ${total - wrong} done, 0 failed`;
  assert.ok(lines.filter((line) => line.endsWith(done)).length > 1);
  assert.doesNotMatch(called.stderr, /started oauth-client|prove the key/);
  assert.ok(lines.includes(`${total - wrong} clients: ${total - wrong} applied`));
  const again = /^to do again what did not come about: digdir apply -f (.*) -t /m.exec(called.stderr)?.[1];
  assert.deepEqual(again?.split(' '), [early, middle, last].map(fileOf));

  first = { writes: writesSince(calls), clients: atDigdir() };
  assert.equal(first.clients.size, total - wrong);
});

test('plan tells of the one that was mended, and only counts the others', async () => {
  await write(inFileOf(early), () => ({}));
  const { code, stdout, stderr } = await caller.call('plan', [], { file: [dirname(dirname(fileOf(early)))] });
  assert.equal(code, 7, stderr);
  assert.match(stdout, /^team\/app-007 \(.*team-1\.yml:23:1\)\n {2}open-record: /);
  assert.match(stdout, /^CLIENT +OUTCOME +STEPS OR FAILURE\nteam\/app-007 +to change +open-record, register-client, /m);
  assert.match(stdout, new RegExp(`^${files * documents - 1} unchanged`, 'm'));
  assert.doesNotMatch(stdout, /app-008/);
});

test('once the others are mended too, the three are applied, and nothing is written for those that were', async (t) => {
  await write([...inFileOf(middle), ...inFileOf(last)], () => ({}));
  const [begun, calls] = [performance.now(), world.cloud.calls.count()];
  const { code, document } = await caller.ask('apply', [], { file: [folder], parallel: '16' });
  t.diagnostic(`apply of ${total} clients again: ${seconds(begun)}`);

  assert.equal(code, 0);
  const clients = document['clients'] as { client: string; where: string; result: { outcome: string } }[];
  const byOutcome = Map.groupBy(clients, ({ result }) => result.outcome);
  assert.equal(byOutcome.get('unchanged')?.length, total - wrong);
  assert.deepEqual(
    byOutcome.get('applied')?.map(({ client, where }) => [client, where.replace(/:\d+:\d+$/, '')]),
    [early, middle, last].map((index) => [`team/${nameOf(index)}`, fileOf(index)]),
  );

  const share = wrong / (total - wrong);
  const expected = Object.entries(first.writes).map(([method, count]) => [method, Math.round(count * share)]);
  assert.deepEqual(writesSince(calls), Object.fromEntries(expected));
  const now = atDigdir();
  for (const [mark, client] of first.clients) assert.deepEqual(now.get(mark), client);
  assert.equal(now.size, total);
});

suite('in the middle', () => {
  const requests = async (count: number) => {
    const { declarations } = await readManifestsInput([folder], join(caller.folder, 'tenant.yaml'));
    return declarations.slice(0, count).map(({ client, spec }) => requestOf(world, client, { kind: 'apply', spec }));
  };
  const output = (say: (line: string) => void): Output => ({
    data: () => undefined,
    say,
    json: false,
    interactive: false,
    live: false,
    terminal: false,
  });

  const endsOf = (followed: readonly FollowedClient[]): string[] =>
    followed.map(({ end, exitCode }) => [end.state, ...('code' in end ? [end.code] : []), exitCode].join(' '));

  test('Ctrl-C sends nothing more, and what is known is told', async () => {
    const left = new AbortController();
    const said: string[] = [];
    const speaker = output((line) => {
      said.push(line);
      if (said.length === 2) left.abort();
    });
    const { client, prefix } = world;
    const settings = { client, prefix, output: speaker, wait: true, parallel: 1, signal: left.signal };
    const followed = await carryOut(await requests(8), settings);
    assert.deepEqual(endsOf(followed), [
      ...Array<string>(2).fill('ended 0'),
      ...Array<string>(6).fill('not-started 130'),
    ]);
    assert.deepEqual(
      said,
      followed.slice(0, 2).map((one) => `${one.client}: unchanged`),
    );
  });

  test('a Temporal that goes away ends those that ask it, and the others are not started', async () => {
    let asked = 0;
    const away: WorkflowClientInterceptor = {
      startUpdateWithStart: async (input, next) => {
        asked += 1;
        if (asked > 2) throw new ServiceError('away', { cause: new Error('14 UNAVAILABLE: it is gone') });
        return await next(input);
      },
    };
    const { connection, options } = world.client;
    const { namespace, loadedDataConverter } = options;
    const client = new Client({
      connection,
      namespace,
      dataConverter: { payloadConverterPath, payloadCodecs: [...loadedDataConverter.payloadCodecs] },
      interceptors: { workflow: [away] },
    });
    const signal = new AbortController().signal;
    const settings = { client, prefix: world.prefix, output: output(() => undefined), wait: true, parallel: 1, signal };
    const followed = await carryOut(await requests(8), settings);
    assert.deepEqual(endsOf(followed), [
      ...Array<string>(2).fill('ended 0'),
      ...Array<string>(3).fill('failed TEMPORAL_UNREACHABLE 6'),
      ...Array<string>(3).fill('not-started TEMPORAL_UNREACHABLE 6'),
    ]);
    assert.equal(asked, 5);
  });
});
