/** The planner of provisioning, where the world is as it seldom is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientBody } from '../../domain/client-body.ts';
import { planAcknowledgement, planApply, planRemoval, planRotation } from '../../domain/client-plan.ts';
import type { ClientPlan, ObservedClient, WantedClient } from '../../domain/client-step.ts';
import { emptyRecord } from '../../domain/client-record.ts';
import type { ClientRecord, RecordedKey } from '../../domain/client-record.ts';
import { specOf } from '../provisioning.ts';

const now = new Date('2026-11-25T12:00:00Z');
const fresh = { now, kid: 'fresh' };
const client = {
  tenant: 't',
  environment: 'test',
  cluster: 'dev',
  namespace: 'team',
  name: 'app',
  kind: 'idporten',
} as const;
const spec = specOf('app');
const mark = 'dev:team:app';
const body = clientBody(client, spec);
const variables = { IDPORTEN_REDIRECT_URI: spec.redirectUris[0] ?? '', IDPORTEN_ISSUER: 'https://idporten.no' };
const wanted: WantedClient = { spec, specDigest: 'sha256:spec', body, variables, scopes: [] };

const day = 86_400_000;
const inDays = (days: number) => Math.floor((now.getTime() + days * day) / 1000);
const key = (kid: string, role: RecordedKey['role'], more: Partial<RecordedKey> = {}): RecordedKey => ({
  kid,
  role,
  created: new Date(now.getTime() - day).toISOString(),
  ...more,
});

const record: ClientRecord = {
  ...emptyRecord,
  state: 'active',
  clientId: 'id',
  specDigest: wanted.specDigest,
  clientUri: spec.clientUri,
  keys: [key('current', 'current')],
  published: 1,
};
const asDeclared: ObservedClient = {
  record,
  found: { ...body, client_id: 'id' },
  keys: [{ kid: 'current', exp: inDays(364), use: 'sig' }],
  published: { kid: 'current', variables },
};

const kinds = ({ steps }: ClientPlan) => steps.map(({ kind }) => kind);
const codes = ({ findings }: ClientPlan) => findings.map(({ code }) => code);
const notices = (plan: ClientPlan) => plan.notices.map(({ code, where }) => [code, where]);
const withRecord = (changes: Partial<ClientRecord>): ObservedClient => ({
  ...asDeclared,
  record: { ...record, ...changes },
});

test('nothing is planned where everything is as declared', () => {
  assert.deepEqual(planApply(wanted, asDeclared, fresh), { steps: [], findings: [], notices: [] });
});

test('a candidate of a run that ended early is gone on with', () => {
  const observed = withRecord({ keys: [key('current', 'current'), key('half', 'candidate', { candidate: 2 })] });
  const plan = planApply(wanted, observed, fresh);
  assert.deepEqual(kinds(plan), ['register-key', 'prove-key', 'publish']);
  assert.ok(plan.steps.every((step) => 'kid' in step && step.kid === 'half'));
  const registered = { ...observed, keys: [...observed.keys, { kid: 'half', exp: inDays(365) }] };
  assert.deepEqual(kinds(planApply(wanted, registered, fresh)), ['prove-key', 'publish']);
});

test('a candidate whose private half is gone is replaced, and taken away', () => {
  const observed = {
    ...withRecord({ keys: [key('half', 'candidate', { candidate: 2 })] }),
    keys: [{ kid: 'half', exp: inDays(365) }],
    lost: ['half'],
  };
  const plan = planRotation({ ...observed, published: { kid: 'x', variables } }, variables, fresh);
  assert.deepEqual(kinds(plan), ['make-key', 'register-key', 'prove-key', 'publish', 'remove-keys']);
  assert.deepEqual(plan.steps.at(-1), { ...plan.steps.at(-1), kids: ['half'] });
});

test('a key is replaced when two thirds of its life are over, or it has expired', () => {
  const made = (daysAgo: number) => new Date(now.getTime() - daysAgo * day).toISOString();
  for (const [daysAgo, daysAhead, expected] of [
    [200, 165, []],
    [250, 115, ['make-key', 'register-key', 'prove-key', 'publish']],
    [366, -1, ['make-key', 'register-key', 'prove-key', 'publish', 'remove-keys']],
  ] as const) {
    const observed = {
      ...withRecord({ keys: [key('current', 'current', { created: made(daysAgo) })] }),
      keys: [{ kid: 'current', exp: inDays(daysAhead) }],
    };
    assert.deepEqual(kinds(planApply(wanted, observed, fresh)), expected, `${daysAgo} days`);
  }
});

test('an old key that has expired, or that somebody removed, leaves the record', () => {
  const observed = {
    ...withRecord({ keys: [key('current', 'current'), key('expired', 'old'), key('removed', 'old')] }),
    keys: [...asDeclared.keys, { kid: 'expired', exp: inDays(-1) }],
  };
  const plan = planApply(wanted, observed, fresh);
  assert.deepEqual(plan.steps, [{ ...plan.steps[0], kind: 'remove-keys', kids: ['expired', 'removed'] }]);
});

test('five keys leave no room for a sixth; ours that have expired make some', () => {
  const others = ['a', 'b', 'c', 'd'].map((kid) => ({ kid, exp: inDays(100) }));
  const full = { ...asDeclared, keys: [...asDeclared.keys, ...others] };
  const plan = planRotation(full, variables, fresh);
  assert.deepEqual(codes(plan), ['CLIENT_KEYS_FULL']);
  const expired = {
    ...full,
    record: { ...record, keys: [...record.keys, key('d', 'old')] },
    keys: [...asDeclared.keys, ...others.slice(0, 3), { kid: 'd', exp: inDays(-1) }],
  };
  assert.deepEqual(codes(planRotation(expired, variables, fresh)), []);
});

test('a policy of time is set on old keys once, and on the key that is about to be one', () => {
  const elapsed = { until: 'elapsed', seconds: 3600 } as const;
  const observed = withRecord({ oldKeys: elapsed, keys: [key('current', 'current'), key('old', 'old')] });
  const withOld = { ...observed, keys: [...observed.keys, { kid: 'old', exp: inDays(100) }] };
  const plan = planRotation(withOld, variables, fresh);
  assert.deepEqual(plan.steps.at(-1), {
    ...plan.steps.at(-1),
    kind: 'limit-keys',
    kids: ['current', 'old'],
    seconds: 3600,
  });
  assert.deepEqual(notices(plan), []);
  const noted = key('old', 'old', { ends: now.toISOString() });
  const limited = {
    ...withOld,
    record: { ...withOld.record, ...record, oldKeys: elapsed, keys: [key('current', 'current'), noted] },
  };
  const again = planApply({ ...wanted, spec: { ...spec, oldKeys: elapsed } }, limited, fresh);
  assert.deepEqual(again.steps, []);
});

test('whether a client is to be removed that nobody knows is not guessed', () => {
  const { clientId: _none, ...asked } = record;
  const observed = { keys: [], record: { ...asked, state: 'creating', askedAt: now.toISOString() } } as const;
  assert.deepEqual(codes(planRemoval(mark, observed)), ['CLIENT_UNFINISHED']);
  assert.deepEqual(codes(planRemoval(mark, { keys: [] })), ['CLIENT_UNKNOWN']);
});

test('a removal leaves keys of others alone, and what is deleted already', () => {
  const foreign = { ...asDeclared, keys: [...asDeclared.keys, { kid: 'theirs' }] };
  const plan = planRemoval(mark, foreign);
  assert.deepEqual(kinds(plan), ['deactivate-client', 'remove-keys', 'delete-client', 'close-record']);
  assert.deepEqual(plan.steps[1], { ...plan.steps[1], kids: ['current'] });
  assert.deepEqual(kinds(planRemoval(mark, { record, keys: [] })), ['close-record']);
});

test('an acknowledged key is removed, and only what stays is told of', () => {
  const observed = {
    ...withRecord({ keys: [key('current', 'current'), key('old', 'old')] }),
    keys: [...asDeclared.keys, { kid: 'old', exp: inDays(100) }, { kid: 'theirs' }],
  };
  const plan = planAcknowledgement(observed, undefined, fresh);
  assert.deepEqual(plan.steps, [{ ...plan.steps[0], kind: 'remove-keys', kids: ['old'] }]);
  assert.deepEqual(notices(plan), [['CLIENT_KEY_FOREIGN', 'theirs']]);
});

test('nothing is rotated or acknowledged for a client that is gone at Digdir', () => {
  const gone = { record, keys: [] };
  assert.deepEqual(codes(planRotation(gone, variables, fresh)), ['CLIENT_GONE']);
  assert.deepEqual(codes(planAcknowledgement(gone, undefined, fresh)), ['CLIENT_GONE']);
});
