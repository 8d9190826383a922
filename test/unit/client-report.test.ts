/** What commands make of a client's plan, of what became of a request, and of how the client stands. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clientPlanText } from '../../client/client-plan-text.ts';
import { reportClients } from '../../client/client-report.ts';
import type { ReportAbout } from '../../client/client-report.ts';
import { standingText } from '../../client/client-standing-text.ts';
import type { ClientStanding } from '../../client/client-standing.ts';
import { clientExitCode } from '../../client/following-clients.ts';
import type { FollowedClient } from '../../client/following-clients.ts';
import { emptyRecord } from '../../domain/client-record.ts';
import type { ClientRecord } from '../../domain/client-record.ts';
import { outboundHosts } from '../../domain/environments.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import type { AwaitedDecision } from '../../workflows/messages.ts';

const client = 'team/app';
const workflowId = 'oauth-client:nais-test:test:dev:team:app:idporten';

const ended = (more: Partial<OperationEnd>): FollowedClient['end'] => ({
  state: 'ended',
  result: {
    sequence: 1,
    requestId: 'r',
    operation: 'apply',
    requestedBy: 'per',
    outcome: 'applied',
    message: 'Everything is as asked now.',
    notices: [],
    steps: [],
    ...more,
  },
});

function reported(
  end: FollowedClient['end'],
  json = false,
  runId?: string,
  further?: ReportAbout['further'],
): { stdout: string; stderr: string } {
  const written = { stdout: '', stderr: '' };
  const output = {
    data: (text: string) => {
      written.stdout += text;
    },
    say: (line: string) => {
      written.stderr += `${line}\n`;
    },
    json,
    interactive: false,
    live: false,
    terminal: false,
  };
  const run = runId === undefined ? {} : { runId };
  const followed = { client, workflowId, ...run, exitCode: clientExitCode(end), end };
  reportClients(output, [followed], { environment: 'production', findings: [], ...(further ? { further } : {}) });
  return written;
}

const awaiting: AwaitedDecision = {
  what: 'decision',
  gate: 'wide',
  digest: 'sha256:d',
  requestedBy: 'per',
  since: '2026-03-01T12:00:00.000Z',
  until: '2026-03-15T12:00:00.000Z',
  missing: 1,
  who: [],
  identity: 'asserted',
  needsKid: false,
};

suite('what became of a request', () => {
  const superseded = ended({ outcome: 'superseded', message: 'Request 2, of kari, came later and took its place.' });
  const refused = ended({ outcome: 'refused', code: 'CLIENT_REFUSED', message: 'Digdir refuses it. Read why.' });

  test('each end has its exit code', () => {
    const ends: readonly (readonly [FollowedClient['end'], number])[] = [
      [ended({}), 0],
      [ended({ outcome: 'unchanged' }), 0],
      [superseded, 0],
      [refused, 6],
      [ended({ outcome: 'refused', code: 'CLIENT_KEYS_FULL' }), 3],
      [ended({ outcome: 'rejected', code: 'REJECTED' }), 5],
      [ended({ outcome: 'expired', code: 'EXPIRED' }), 5],
      [ended({ outcome: 'withdrawn', code: 'WITHDRAWN' }), 5],
      [{ state: 'waiting', awaiting }, 4],
      [{ state: 'accepted' }, 0],
      [{ state: 'left' }, 130],
      [{ state: 'failed', code: 'WITHDRAWN', message: 'terminated', findings: [] }, 5],
    ];
    for (const [end, code] of ends) assert.equal(clientExitCode(end), code, JSON.stringify(end));
  });

  test('a request that gave way to a later one says to which', () => {
    assert.equal(
      reported(superseded).stdout,
      'team/app: superseded. Request 2, of kari, came later and took its place.',
    );
  });

  test('of many, those that wait for people stand in the table, and are not to be done again', () => {
    const lines: string[] = [];
    const [data, say] = [(text: string) => void lines.push(text), (line: string) => void lines.push(line)];
    const output = { data, say, json: false, interactive: false, live: false, terminal: false };
    const ends = [{ state: 'waiting', awaiting } as const, refused, ...Array.from({ length: 4 }, () => ended({}))];
    const clients = ends.map((end, index) => {
      const name = `team/app${index}`;
      return { client: name, workflowId, exitCode: clientExitCode(end), end, where: `${name}.yaml:1:1` };
    });
    const again = (places: readonly string[]) => places.join(' ');
    reportClients(output, clients, { environment: 'test', findings: [], again });
    const text = lines.join('\n');
    assert.match(text, /^team\/app0 +waiting +wide, until 2026-03-15 12:00 UTC$/m);
    assert.match(text, /^team\/app0: to approve: digdir approve oauth-client:/m);
    assert.match(text, /^6 clients: 1 waiting, 1 refused, 4 applied$/m);
    assert.match(text, /did not come about: team\/app1\.yaml:1:1$/m);
  });

  test('a refusal is told once, with its code; its findings where it has some', () => {
    assert.equal(reported(refused).stderr, 'team/app: Digdir refuses it. Read why. [CLIENT_REFUSED]\n');
    assert.equal(reported(refused).stdout, 'team/app: refused [CLIENT_REFUSED]');
    const findings = [{ code: 'CLIENT_KEYS_FULL', where: 'client', message: 'The client has 5 keys.' }] as const;
    const { stderr } = reported(ended({ outcome: 'refused', code: 'CLIENT_KEYS_FULL', findings }));
    assert.match(stderr, /^team\/app: client: The client has 5 keys\. .*\[CLIENT_KEYS_FULL\]\n$/);
  });

  test('what was published is told with the key and its end, and how to deliver it', () => {
    const times = { startedAt: '2026-11-25T03:00:00.000Z', endedAt: '2026-11-25T03:00:01.000Z' };
    const end = ended({
      clientId: 'c1',
      published: { version: 'projects/p/secrets/s/versions/2', kid: 'k2', keyExpires: '2027-11-25T03:00:00.000Z' },
      steps: [{ kind: 'publish', change: 'publish', state: 'done', ...times }],
    });
    const { stdout, stderr } = reported(end);
    assert.match(
      stdout,
      /client id +c1\n +published +projects\/p\/secrets\/s\/versions\/2\n +key +k2, until 2027-11-25/,
    );
    assert.match(stderr, /digdir credentials team\/app.*\n.* version 2: digdir acknowledge team\/app --version 2\n$/);
    const elsewhere = reported(end, false, undefined, { tenant: ' -t etat.yaml', connection: ' --namespace n' }).stderr;
    assert.match(elsewhere, /digdir credentials team\/app -t etat\.yaml --format files \(/);
    assert.match(elsewhere, /digdir acknowledge team\/app -t etat\.yaml --version 2 --namespace n\n$/);
  });

  test('who does not stay is told where to look', () => {
    for (const state of ['accepted', 'left'] as const) {
      assert.match(reported({ state }, false, 'r').stderr, /the run goes on; `digdir status team\/app`/);
    }
    assert.match(reported({ state: 'left' }).stderr, /not known whether .*; `digdir status team\/app`/);
    const elsewhere = reported({ state: 'left' }, false, undefined, {
      tenant: '',
      connection: ' --namespace n',
    }).stderr;
    assert.match(elsewhere, /`digdir status team\/app --namespace n`/);
  });

  test('as JSON it is one document, with the hosts that the application has to reach', () => {
    const document = JSON.parse(reported(refused, true).stdout) as Record<string, unknown>;
    assert.deepEqual(document['outboundHosts'], outboundHosts.production);
    const [first] = document['clients'] as Record<string, unknown>[];
    assert.deepEqual([first?.['client'], first?.['state'], first?.['exitCode']], [client, 'ended', 6]);
  });
});

suite('how a client stands', () => {
  const now = new Date('2026-11-25T03:00:00.000Z');
  const created = '2026-06-01T00:00:00.000Z';
  const record: ClientRecord = {
    ...emptyRecord,
    state: 'active',
    clientId: 'c1',
    published: 3,
    keys: [
      { kid: 'k1', role: 'old', created, expires: '2027-01-01T00:00:00.000Z' },
      { kid: 'k2', role: 'old', created, expires: '2027-01-01T00:00:00.000Z', ends: '2026-11-20T00:00:00.000Z' },
      { kid: 'k3', role: 'current', created, expires: '2027-06-01T00:00:00.000Z' },
      { kid: 'k4', role: 'candidate', created, candidate: 4 },
    ],
  };
  const none = { tenant: '', connection: '' };
  const standing: ClientStanding = { client, workflowId, record, outboundHosts: outboundHosts.test };

  test('of an old key it says until when it works, and what to do', () => {
    const text = standingText(standing, now, none);
    assert.match(text, /old key +k1, still works until 2027-01-01 .*version 3: `digdir acknowledge team\/app`/);
    assert.match(text, /old key +k2, no longer works/);
    assert.match(
      standingText(standing, now, { ...none, tenant: ' -t etat.yaml' }),
      /`digdir acknowledge team\/app -t etat\.yaml`/,
    );
    assert.match(text, /new key +k4, made and not published yet/);
  });

  test('it names the hosts that an access policy has to let through, and which of them are retired', () => {
    const hosts = /outbound hosts +(.*)/.exec(standingText(standing, now, none))?.[1];
    assert.equal(hosts, 'test.idporten.no, login.test.idporten.no, oidc-ver2.difi.no (switched off by Digdir)');
  });

  test('of a run at work it tells for whom, what is done and what comes then', () => {
    const step = { kind: 'make-key', change: 'make the key k4', state: 'running', startedAt: created } as const;
    const status = {
      workflowId,
      phase: 'provisioning',
      current: { sequence: 1, operation: 'rotate-key', requestedBy: 'per' },
      waiting: [{ sequence: 2, operation: 'delete', requestedBy: 'kari' }],
      plan: [],
      steps: [step],
      notices: [],
      ends: [],
    } as const;
    const text = standingText(
      { ...standing, run: { state: 'running', runId: 'r', link: 'http://ui', status } },
      now,
      none,
    );
    assert.match(
      text,
      /run +http:\/\/ui\n +at work +rotate-key for per\n +make the key k4 … running\n +then +delete for kari/,
    );
  });
});

test('a plan is the same each time, as a key that is yet to be made has no id in it', () => {
  const texts = ['k1', 'k2'].map((kid) =>
    clientPlanText('team/app', [{ kind: 'make-key', change: `make the key ${kid}`, reason: 'there is none', kid }]),
  );
  assert.deepEqual(texts, Array(2).fill('team/app\n  make-key: make the key (new)\n      because there is none\n'));
});

test('a plan shows what is odd in a text instead of writing it to the terminal', () => {
  const changes = [{ field: 'client_name', from: null, to: 'A\u001b[31m', reason: 'as declared' }] as const;
  const step = { kind: 'update-client', change: 'change', reason: 'r', body: {} as never, changes } as const;
  const text = clientPlanText('team/app', [step]);
  assert.match(text, /client_name: none → "A\\u001b\[31m" \(as declared\)/);
});
