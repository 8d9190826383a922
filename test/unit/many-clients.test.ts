/** Commands about many clients: whose turn it is, what shows meanwhile, and the table at the end. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openClientsProgress } from '../../client/clients-progress.ts';
import { clientsTable, countsLine, groupedLines } from '../../client/clients-table.ts';
import { reportClients } from '../../client/client-report.ts';
import { eachClient } from '../../client/each-client.ts';
import { clientExitCode } from '../../client/following-clients.ts';
import type { FollowedClient } from '../../client/following-clients.ts';
import type { Output } from '../../client/output.ts';
import { barText } from '../../client/progress-bar.ts';
import { runAgain } from '../../client/run-again.ts';
import type { FailureCode } from '../../domain/failures.ts';
import { Refusal } from '../../domain/refusal.ts';

function fakeOutput(changes: Partial<Output> = {}) {
  const written = { stdout: '', said: [] as string[] };
  const output: Output = {
    data: (text) => {
      written.stdout += text;
    },
    say: (line) => written.said.push(line),
    json: false,
    interactive: false,
    live: false,
    terminal: false,
    ...changes,
  };
  return { output, written };
}

suite('turns', () => {
  type Result = { readonly end: { readonly state: string; readonly code?: FailureCode } };
  const items = Array.from({ length: 12 }, (_, index) => index);
  const well: Result = { end: { state: 'ended' } };
  const gone: Result = { end: { state: 'failed', code: 'NO_WORKER' } };
  const settings = { parallel: 4, signal: new AbortController().signal, check: async () => undefined };
  const states = (results: Awaited<ReturnType<typeof eachClient<number, Result>>>) =>
    results.map((result) => ('end' in result ? result.end.state : result.state));

  test('no more have theirs at one time than there may be, and all have one', async () => {
    let [now, most] = [0, 0];
    const results = await eachClient(items, settings, async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return well;
    });
    assert.equal(most, 4);
    assert.deepEqual(states(results), Array(12).fill('ended'));
  });

  test('what each came to stands in its place, whichever is done first', async () => {
    const order = await eachClient(items, settings, async (item) => {
      for (let ticks = item % 3; ticks > 0; ticks -= 1) await new Promise(setImmediate);
      return { end: { state: String(item) } };
    });
    assert.deepEqual(states(order), items.map(String));
  });

  test('once it is aborted, nobody has a turn any more, and those at work end', async () => {
    const stop = new AbortController();
    const results = await eachClient(items, { ...settings, signal: stop.signal }, async (item) => {
      if (item === 5) stop.abort();
      return well;
    });
    const begun = states(results).filter((state) => state === 'ended').length;
    assert.ok(begun >= 6 && begun <= 8, `${begun} had a turn`);
    assert.deepEqual(results.at(-1), { state: 'not-started' });
  });

  test("trouble that is one client's own leaves the others alone", async () => {
    const results = await eachClient(items, settings, async (item) => (item % 4 === 0 ? gone : well));
    assert.equal(states(results).filter((state) => state === 'failed').length, 3);
    assert.ok(!states(results).includes('not-started'));
  });

  test('trouble that the check finds too spares the others', async () => {
    const check = async () => await Promise.reject(new Refusal('TEMPORAL_UNREACHABLE', 'gone'));
    const results = await eachClient(items, { ...settings, parallel: 1, check }, async (item) =>
      item === 2 ? gone : well,
    );
    assert.deepEqual(states(results).slice(0, 4), ['ended', 'ended', 'failed', 'not-started']);
    assert.deepEqual(results.at(-1), { state: 'not-started', code: 'TEMPORAL_UNREACHABLE' });
  });

  test('trouble that befalls one after the other spares the rest, whatever the check says', async () => {
    const results = await eachClient(items, { ...settings, parallel: 1 }, async (item) => (item < 5 ? well : gone));
    assert.deepEqual(states(results).slice(4, 9), ['ended', 'failed', 'failed', 'failed', 'not-started']);
    assert.deepEqual(results.at(-1), { state: 'not-started', code: 'NO_WORKER' });
  });
});

suite('the bar', () => {
  const state = { total: 300, done: 126, failed: 2, current: ['team/a', 'team/b', 'team/c'], silent: false };

  test('tells how far, how many, how many failed, and of whom the turn is', () => {
    assert.equal(barText(state, 80), '[########------------]  42 %  126/300  2 failed  team/a, team/b, team/c');
    assert.match(barText({ ...state, done: 0 }, 80), /^\[-{20}\] {3}0 % {4}0\/300/);
    assert.match(barText({ ...state, done: 300, current: [] }, 80), /^\[#{20}\] 100 % {2}300\/300 {2}2 failed$/);
    assert.match(barText({ ...state, done: 299 }, 80), / 99 % /);
  });

  test('keeps to the width, with as many names as there is room for', () => {
    assert.match(barText(state, 66), /2 failed {2}team\/a, team\/b \+1$/);
    assert.match(barText(state, 58), /2 failed {2}team\/a \+2$/);
    assert.match(barText(state, 55), /2 failed$/);
    for (let width = 1; width < 90; width += 1) assert.ok(barText(state, width).length <= width);
  });

  test('says that nobody answers', () => {
    assert.match(barText({ ...state, silent: true }, 90), /2 failed {2}no answer {2}team\/a/);
  });

  test('is drawn in its place, and leaves nothing behind', () => {
    const written: string[] = [];
    const { output, written: rest } = fakeOutput({ live: true });
    const terminal = { columns: 70, write: (text: string) => written.push(text) };
    const progress = openClientsProgress(output, { total: 6, verbose: false }, terminal);
    progress.begin('team/a');
    progress.begin('team/b');
    progress.say('team/a', 'started');
    progress.end('team/a', 'failed [NO_WORKER]', true);
    progress.silence('team/b', true);
    progress.silence('team/b', false);
    progress.end('team/b', 'applied', false);
    progress.close();
    progress.begin('team/c');

    assert.equal(written.length, 8);
    const shown = written.map((text) => text.slice(1, -3));
    // From the start of the line, and nothing is left of what stood there.
    assert.deepEqual(
      written,
      shown.map((line) => `\r${line}\u001B[K`),
    );
    assert.doesNotMatch(shown.join(''), /[\r\n]/);
    assert.match(shown[3] ?? '', /16 % {2}1\/6 {2}1 failed {2}team\/b$/);
    assert.match(shown[4] ?? '', /1 failed {2}no answer {2}team\/b$/);
    assert.match(shown[6] ?? '', /33 % {2}2\/6 {2}1 failed$/);
    assert.equal(shown[7], '');
    assert.deepEqual(rest, { stdout: '', said: [] });
  });
});

suite('without a terminal', () => {
  const told = (total: number, verbose: boolean): string[] => {
    const { output, written } = fakeOutput();
    const progress = openClientsProgress(output, { total, verbose });
    for (let index = 1; index <= total; index += 1) {
      progress.begin(`team/${index}`);
      progress.say(`team/${index}`, 'a step');
      progress.end(`team/${index}`, 'applied', index === 3);
    }
    progress.close();
    return written.said;
  };

  test('of a few every step is told, and of many when it is asked for', () => {
    assert.deepEqual(told(2, false), ['team/1: a step', 'team/2: a step']);
    assert.deepEqual(told(6, true).slice(0, 2), ['team/1: a step', 'team/1: applied']);
  });

  test('of many each end is told, and now and then how far it has come', () => {
    const lines = told(60, false);
    assert.deepEqual(lines.slice(0, 2), ['team/1: applied', 'team/2: applied']);
    assert.deepEqual(
      lines.filter((line) => line.includes(' of ')),
      ['25 of 60 done, 1 failed', '50 of 60 done, 1 failed'],
    );
    assert.equal(lines.length, 62);
  });

  test('that nobody answers is told once, and once that somebody does again', () => {
    const { output, written } = fakeOutput();
    const progress = openClientsProgress(output, { total: 60, verbose: false });
    for (const client of ['team/1', 'team/2']) progress.silence(client, true);
    for (const client of ['team/1', 'team/2']) progress.silence(client, false);
    assert.deepEqual(written.said, [
      'team/1: nobody answers at present (no worker, or no Temporal); still trying',
      'team/2: answers again',
    ]);
  });
});

suite('the table', () => {
  const row = (client: string, outcome = 'unchanged') => ({ client, outcome, facts: ['id'] });
  const head = ['CLIENT', 'OUTCOME', 'ID'];

  test('is sorted by name, and up to 20 clients are all in it', () => {
    const rows = [row('team/b'), row('team/a', 'applied'), row('other/c')];
    assert.deepEqual(clientsTable(head, rows).split('\n'), [
      'CLIENT   OUTCOME    ID',
      'other/c  unchanged  id',
      'team/a   applied    id',
      'team/b   unchanged  id',
    ]);
  });

  test('of more only those that are not unchanged are, unless all are asked for', () => {
    const rows = [...Array.from({ length: 20 }, (_, index) => row(`team/${index}`)), row('team/x', 'refused')];
    assert.deepEqual(clientsTable(head, rows).split('\n'), [
      'CLIENT  OUTCOME  ID',
      'team/x  refused  id',
      '20 unchanged (--all lists them)',
    ]);
    assert.equal(clientsTable(head, rows, true).split('\n').length, 22);
    assert.equal(clientsTable(head, [...rows.slice(0, 20), row('team/y')]), '21 unchanged (--all lists them)');
  });

  test('the counts, and what is the same of many, are one line', () => {
    assert.equal(countsLine([row('a'), row('b', 'refused'), row('c')]), '3 clients: 2 unchanged, 1 refused');
    const said = ['a', 'b', 'c', 'd', 'e'].map((client) => [client, client === 'c' ? 'other' : 'same'] as const);
    assert.deepEqual(groupedLines(said), ['a, b, d and 1 more: same', 'c: other']);
  });
});

suite('what became of many', () => {
  const followed = (index: number, end: FollowedClient['end']): FollowedClient => ({
    client: `team/${index}`,
    workflowId: `w${index}`,
    where: `m/${index}.yaml:1:1`,
    exitCode: clientExitCode(end),
    end,
  });
  const applied = {
    sequence: 1,
    requestId: 'r',
    operation: 'apply',
    requestedBy: 'per',
    outcome: 'applied',
    message: 'm',
    notices: [],
    steps: [],
    clientId: 'c1',
    published: { version: 'projects/p/secrets/s/versions/4', kid: 'k' },
  } as const;
  const refused = {
    ...applied,
    outcome: 'refused',
    code: 'CLIENT_REFUSED',
    message: 'Digdir refuses it. Read why.',
  } as const;
  const clients = [
    followed(6, { state: 'not-started', code: 'NO_WORKER' }),
    followed(5, { state: 'failed', code: 'NO_WORKER', message: 'nobody', findings: [] }),
    followed(4, { state: 'left' }),
    followed(3, { state: 'ended', result: refused }),
    followed(2, { state: 'ended', result: refused }),
    followed(1, { state: 'ended', result: applied }),
  ];
  const findings = [{ code: 'FIELD_INVALID', where: 'm/9.yaml:2:3', message: 'It is wrong.' }] as const;
  const again = (places: readonly string[]) => places.join(' ');
  const about = { environment: 'test', findings, again } as const;

  test('is one table; the messages, the counts and what to do again follow on stderr', () => {
    const { output, written } = fakeOutput();
    reportClients(output, clients, about);
    assert.deepEqual(written.stdout.split('\n'), [
      'CLIENT  OUTCOME      CLIENT ID  PUBLISHED OR FAILURE',
      'team/1  applied      c1         version 4',
      'team/2  refused      c1         CLIENT_REFUSED',
      'team/3  refused      c1         CLIENT_REFUSED',
      'team/4  left',
      'team/5  failed                  NO_WORKER',
      'team/6  not-started             NO_WORKER',
    ]);
    const stderr = written.said.join('\n');
    assert.match(stderr, /^team\/6: not started\. .*digdir worker.* \[NO_WORKER\]$/m);
    assert.match(stderr, /^team\/5: .*digdir worker.* \[NO_WORKER\]$/m);
    assert.match(stderr, /^team\/3, team\/2: Digdir refuses it\. Read why\. \[CLIENT_REFUSED\]$/m);
    const places = ['6', '5', '4', '3', '2'].map((name) => `m/${name}.yaml:1:1`);
    assert.deepEqual(written.said.slice(-2), [
      '6 clients: 1 not-started, 1 failed, 1 left, 2 refused, 1 applied',
      `to do again what did not come about: ${[...places, 'm/9.yaml:2:3'].join(' ')}`,
    ]);
  });

  test('as JSON is one document of all of them', () => {
    const { output, written } = fakeOutput({ json: true });
    reportClients(output, clients, about);
    const document = JSON.parse(written.stdout) as { clients: { client: string; state: string; where: string }[] };
    assert.deepEqual(
      document.clients.map(({ client, state }) => `${client} ${state}`),
      ['team/6 not-started', 'team/5 failed', 'team/4 left', 'team/3 ended', 'team/2 ended', 'team/1 ended'],
    );
    assert.equal(document.clients[0]?.where, 'm/6.yaml:1:1');
  });
});

test('what is to be run again names the files, or the whole where they are too many', () => {
  const { output } = fakeOutput();
  const call = { arguments: [], options: { file: ['manifests'], tenant: "it's.yaml" }, environment: {}, output };
  const places = ['m/b.yaml:1:1', 'm/a b.yaml:3:1', 'm/b.yaml:9:1'];
  assert.equal(runAgain(call, 'apply', places), `digdir apply -f 'm/a b.yaml' m/b.yaml -t 'it'\\''s.yaml'`);
  const many = Array.from({ length: 21 }, (_, index) => `m/${index}.yaml:1:1`);
  assert.equal(runAgain({ ...call, options: { file: ['m'] } }, 'plan', many), 'digdir plan -f m');
  const elsewhere = { ...call, options: { file: ['m'], by: 'kari', temporal: 'h:1', namespace: 'n' } };
  assert.equal(
    runAgain(elsewhere, 'apply', ['m/b.yaml']),
    'digdir apply -f m/b.yaml --by kari --temporal h:1 --namespace n',
  );
  assert.equal(runAgain(call, 'apply', []), undefined);
});
