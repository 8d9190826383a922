/** What a pass decides, and how people read it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRotationInput } from '../../documents/onboarding-input.ts';
import type { ExpiringItem } from '../../domain/inventory.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import { defaultGatePolicy } from '../../domain/approval.ts';
import { defaultRotation } from '../../domain/rotation.ts';
import { certificateRenewal, dueNotices, keyRenewal, renewable, stillGiven, withGiven } from '../../domain/watch.ts';
import type { Given, WatchRequest, WatchResult } from '../../domain/watch.ts';
import { describePass } from '../../workflows/watch-details.ts';

const now = Date.parse('2027-01-01T00:00:00Z');
const google = {
  project: 'etat-test',
  location: 'europe-north1',
  keyRing: 'digdir',
  protectionLevel: 'SOFTWARE',
  replication: 'automatic',
} as const;
const request: WatchRequest = {
  tenant: 'etat',
  environment: 'test',
  organisation: '991825827',
  google,
  platform: 'serviceAccount:a@b.no',
  clients: {},
  approval: {},
  rotation: defaultRotation,
  requestedBy: 'per',
  pace: defaultPace,
};
const item = (id: string, changes: Partial<ExpiringItem> = {}): ExpiringItem => ({
  id,
  series: id,
  kind: 'unmanaged-key',
  what: `key of ${id}`,
  owner: 'somebody',
  expires: '2027-01-11T00:00:00.000Z',
  renewal: '2026-12-01T00:00:00.000Z',
  state: 'due',
  remedy: 'do something',
  ...changes,
});
const keyOf = (id: string) => id.slice(0, 1);
const due = (items: readonly ExpiringItem[], given: Given = {}, webhook = true) =>
  dueNotices(request, items, { now, given, webhook, keyOf });

test('what most depends on is told first, as there may be more than one pass tells', () => {
  const kinds = due([item('a'), item('b', { kind: 'client-key' }), item('c', { kind: 'certificate' })]);
  assert.deepEqual(
    kinds.map(({ notice }) => notice.kind),
    ['certificate', 'client-key', 'unmanaged-key'],
  );
});

test('names that others chose are text in a chat, and on one line', () => {
  const [one] = due([item('a', { what: 'key of <!channel>\n & \u{202E}co' })]);
  assert.equal(
    one?.notice.text,
    'etat (test): the key of &lt;!channel&gt; &amp; \\u202eco expires in 10 days, on 2027-01-11. Renewal is due: do something. Owner: somebody.',
  );
});

test('what only the log was told is told again once there is a webhook, and then not again', () => {
  const items = [item('a')];
  const [logged] = due(items, {}, false);
  assert.ok(logged);
  const given = withGiven({}, [{ ...logged, outcome: 'logged' }]);
  assert.deepEqual(due(items, given, false), []);
  const [sent] = due(items, given, true);
  assert.ok(sent);
  assert.deepEqual(due(items, withGiven(given, [{ ...sent, outcome: 'delivered' }])), []);
  assert.deepEqual(withGiven(given, [{ ...sent, outcome: 'undelivered' }]), given);
});

test('what is gone, or has another end by now, is forgotten', () => {
  const given = { a: '1m', b: '1w' };
  assert.deepEqual(stillGiven(given, [item('a')], keyOf), { a: '1m' });
});

test('only what is overdue is renewed, and of that only what we may renew', () => {
  const client = {
    tenant: 'etat',
    environment: 'test',
    cluster: 'dev',
    namespace: 'team',
    name: 'app',
    kind: 'idporten',
  } as const;
  const items = [
    item('a'),
    item('b', { client, kid: 'k1' }),
    item('c', { client, kid: 'k2', state: 'valid' }),
    item('d', { admin: 'idporten', state: 'expired' }),
  ];
  const renewed = renewable(items);
  assert.deepEqual(
    renewed.map(({ id }) => id),
    ['b', 'd'],
  );
  const [key, certificate] = renewed.map((one) => keyRenewal(request, one));
  assert.deepEqual([key?.id, key?.operation], ['watch:k1', { kind: 'rotate-key', replaces: 'k1' }]);
  assert.equal(certificate, undefined);
});

test('a rotation that the watch starts is one that the command may have started', () => {
  const client = { clientId: 'c', scopes: ['idporten:dcr.read'], assertion: 'x5c' } as const;
  const approval = { registration: defaultGatePolicy, wide: defaultGatePolicy };
  const renewal = certificateRenewal({ ...request, clients: { idporten: client }, approval }, { admin: 'idporten' });
  const { findings } = readRotationInput(renewal);
  assert.deepEqual(findings, []);
  assert.deepEqual(renewal?.approval, { registration: defaultGatePolicy });
  assert.equal(certificateRenewal(request, { admin: 'idporten' }), undefined);
  const compromised = { admin: 'idporten', compromised: '4F0A' } as const;
  const replacing = certificateRenewal({ ...request, clients: { idporten: client } }, compromised);
  assert.equal(replacing?.rotation.compromised, '4F0A', 'other rules hold for what takes its place');
});

test('the page of a pass shows what is due, what became of it, and text as text', () => {
  const notices = due([item('a', { what: 'key of [x](https://evil.example)' })]);
  const renewal = item('b', { what: 'certificate' });
  const pass = { observedAt: new Date(now).toISOString(), items: 2, overdue: 1, webhook: false };
  const planned = { ...pass, notices, renewals: [renewal], postponed: 3, gone: 0, isKept: true, findings: [] };
  const result: WatchResult = {
    ...pass,
    notices: notices.map(({ notice }) => ({ id: notice.id, outcome: 'logged' })),
    renewals: [{ item: 'b', what: 'certificate', outcome: 'failed', message: 'no worker' }],
    postponed: 3,
    findings: [{ code: 'EXPIRY_UNSEEN', where: 'keys at Digdir', message: 'no answer' }],
  };
  const page = describePass(planned, result);
  assert.match(page, /^## 1 of 2 overdue/);
  assert.match(page, /no webhook is set/);
  assert.match(page, /- \*\*failed:\*\* certificate: no worker/);
  assert.match(page, /- \*\*logged:\*\* key of \\\[x\\\]\(https\\:\/\/evil\.example\), due, until 2027-01-11/);
  assert.match(page, /3 are left to the next pass/);
  assert.match(page, /- \*\*keys at Digdir:\*\* no answer/);
});
