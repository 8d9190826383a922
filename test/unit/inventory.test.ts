/** What expires, as it is judged from what was observed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRecord } from '../../domain/client-record.ts';
import type { RecordedKey } from '../../domain/client-record.ts';
import { inventoryOf, isOverdue } from '../../domain/inventory.ts';
import type { Observed, Terms } from '../../domain/inventory.ts';

const now = Date.parse('2027-01-01T00:00:00Z');
const day = 86_400_000;
const iso = (days: number) => new Date(now + days * day).toISOString();
const unix = (days: number) => (now + days * day) / 1000;
const nothing: Observed = { admins: [], records: [], registered: [] };
const items = (observed: Partial<Observed>, terms: Partial<Terms> = {}) =>
  inventoryOf({ ...nothing, ...observed }, { tenant: 'etat', now, ...terms });

const admin = (...ends: readonly number[]) => ({
  kind: 'maskinporten' as const,
  clientId: 'admin',
  certificates: ends.map((days, index) => ({ subject: `CN=${index}`, notAfter: iso(days) })),
});
const client = {
  tenant: 'etat',
  environment: 'test',
  cluster: 'dev',
  namespace: 'team',
  name: 'app',
  kind: 'idporten',
} as const;
const record = (...keys: readonly RecordedKey[]) => ({
  client,
  record: { ...emptyRecord, state: 'active' as const, clientId: 'c1', keys },
});
const recorded = (kid: string, role: RecordedKey['role'], from: number, to: number): RecordedKey => ({
  kid,
  role,
  created: iso(from),
  expires: iso(to),
});
const registered = (clientId: string, ...keys: readonly (readonly [kid: string, from: number, to: number])[]) => ({
  clientId,
  name: `name of ${clientId}`,
  description: '',
  keys: keys.map(([kid, from, to]) => ({ kid, created: iso(from), exp: unix(to) })),
});
const states = (observed: Partial<Observed>) => items(observed).map(({ id, state }) => `${id} ${state}`);

test('a certificate is due three months before it expires, or as the tenant says', () => {
  assert.deepEqual(items({ admins: [admin(91)] }).map(isOverdue), [false]);
  assert.deepEqual(items({ admins: [admin(89)] }).map(isOverdue), [true]);
  assert.deepEqual(items({ admins: [admin(89)] }, { renewBefore: 14 * 86_400 }).map(isOverdue), [false]);
  assert.deepEqual(states({ admins: [admin(0)] }), ['certificate:maskinporten expired']);
});

test('a chain is good until the first of its certificates ends, which is named', () => {
  const [item] = items({ admins: [admin(500, 200, 900)] });
  assert.equal(item?.expires, iso(200));
  assert.match(item?.what ?? '', /whose chain holds CN=1/);
});

test('a certificate whose key is out of use is overdue, whenever it ends, with what to do', () => {
  const compromised = { ...admin(500), outOfUse: { serialNumber: '0A', compromised: true } };
  const [found] = items({ admins: [compromised] });
  assert.deepEqual([found?.state, found && isOverdue(found)], ['revoked', true]);
  assert.match(found?.what ?? '', /key is compromised and out of use/);
  assert.match(
    found?.remedy ?? '',
    /^digdir rotate-certificate -f TENANT_FILE --client maskinporten --compromised 0A --key-file FILE,/,
  );
  const [byHand] = items({ admins: [{ ...admin(-1), outOfUse: { serialNumber: '0A', compromised: false } }] });
  assert.equal(byHand?.state, 'revoked');
  assert.match(byHand?.remedy ?? '', /enable .* or digdir rotate-certificate -f TENANT_FILE .*--key-file FILE$/);
});

test('two thirds of its life over, a key of ours is due; old ones and candidates are not', () => {
  const keys = [recorded('a', 'current', -100, 51), recorded('b', 'old', -300, 1), recorded('c', 'candidate', -1, 180)];
  const found = items({ records: [record(...keys)] });
  assert.deepEqual(
    found.map(({ id, state }) => [id, state]),
    [
      ['client-key:b', 'replaced'],
      ['client-key:a', 'valid'],
    ],
  );
  const [late] = items({ records: [record(recorded('a', 'current', -100, 50))] });
  assert.deepEqual([late?.state, late?.renewal, late?.kid], ['due', iso(0), 'a']);
});

test('what Digdir says of the end of a key goes before our record, and an old key that is gone there is gone', () => {
  const records = [record(recorded('a', 'current', -100, 200), recorded('b', 'old', -200, 20))];
  assert.deepEqual(
    items({ records, registered: [registered('c1', ['a', -100, 10])] }).map(({ id, expires }) => [id, expires]),
    [['client-key:a', iso(10)]],
  );
  const { registered: _unseen, ...rest } = nothing;
  const unseen = inventoryOf({ ...rest, records }, { tenant: 'etat', now });
  assert.deepEqual(
    unseen.map(({ id }) => id),
    ['client-key:b', 'client-key:a'],
  );
});

test('a client that is no longer declared keeps its keys on the list, and is not renewed; a removed one is not listed', () => {
  const key = recorded('a', 'current', -100, 20);
  const of = (state: 'preserved' | 'removed') => {
    const { record: kept } = record(key);
    return items({ records: [{ client, record: { ...kept, state } }] });
  };
  assert.deepEqual(
    of('preserved').map(({ state, client: renewed }) => [state, renewed]),
    [['due', undefined]],
  );
  assert.deepEqual(of('removed'), []);
});

test('of several keys that are not ours, the one that ends last counts', () => {
  const found = states({ registered: [registered('theirs', ['x', -300, -1], ['y', -10, 170])] });
  assert.deepEqual(found, ['unmanaged-key:theirs:x replaced', 'unmanaged-key:theirs:y valid']);
  assert.deepEqual(states({ registered: [registered('theirs', ['x', -300, -1])] }), ['unmanaged-key:theirs:x expired']);
});

test('a key of which it is not known when it was made is due two months before its end', () => {
  const without = (to: number) => ({ ...registered('theirs'), keys: [{ kid: 'x', exp: unix(to) }] });
  assert.deepEqual(states({ registered: [without(61)] }), ['unmanaged-key:theirs:x valid']);
  assert.deepEqual(states({ registered: [without(60)] }), ['unmanaged-key:theirs:x due']);
});

test('of an admin client’s keys the one that it signs under counts, and is the tenant’s', () => {
  const admins = [{ ...admin(500), kid: 'x' }];
  const found = items({ admins, registered: [registered('admin', ['x', -300, -1], ['y', -10, 170])] });
  assert.deepEqual(
    found.filter(({ kind }) => kind === 'admin-key').map(({ id, owner, state }) => [id, owner, state]),
    [
      ['admin-key:admin:x', 'etat', 'expired'],
      ['admin-key:admin:y', 'etat', 'replaced'],
    ],
  );
});

test('the registered key of a compromised certificate is to be removed at Digdir, and not rotated', () => {
  const observed = (compromised: boolean) => {
    const admins = [{ ...admin(500), kid: 'x', outOfUse: { serialNumber: '0A', compromised } }];
    const found = items({ admins, registered: [registered('admin', ['x', -10, 300], ['y', -10, 170])] });
    return found.filter(({ kind }) => kind === 'admin-key').map(({ id, state, remedy }) => [id, state, remedy]);
  };
  const replaced = 'have Digdir remove it, unless a rotation is to use it, or may still go back to it';
  assert.deepEqual(observed(true), [
    ['admin-key:admin:y', 'replaced', replaced],
    ['admin-key:admin:x', 'revoked', 'have Digdir remove it: until then a copy of its key works'],
  ]);
  const [, [, state, remedy] = []] = observed(false);
  assert.equal(state, 'revoked');
  assert.match(remedy ?? '', /^enable the key version, .* or digdir rotate-certificate /);
});

test('so is one of a former certificate that was compromised, until it ends, and not what was replaced before', () => {
  const revoked = ['x', 'z'].map((kid) => ({ kid, serialNumber: '0A' }));
  const keys = [
    ['x', -10, 300],
    ['y', -10, 310],
    ['z', -300, -1],
    ['now', -1, 320],
  ] as const;
  const found = items({ admins: [{ ...admin(500), kid: 'now', revoked }], registered: [registered('admin', ...keys)] });
  assert.deepEqual(
    found.filter(({ kind }) => kind === 'admin-key').map(({ id, state }) => `${id} ${state}`),
    [
      'admin-key:admin:z replaced',
      'admin-key:admin:x revoked',
      'admin-key:admin:y replaced',
      'admin-key:admin:now valid',
    ],
  );
  const [item] = found.filter(({ state }) => state === 'revoked');
  assert.equal(item?.remedy, 'have Digdir remove it: until then a copy of its key works');
});

test('of a key that is replaced nobody is told to make another', () => {
  const found = items({ registered: [registered('theirs', ['x', -300, 20], ['y', -10, 170])] });
  assert.deepEqual(
    found.map(({ state, remedy }) => [state, remedy]),
    [
      ['replaced', 'have name of theirs remove it at Digdir'],
      ['valid', 'digdir adopt -f MANIFESTS, or have name of theirs register a new key at Digdir'],
    ],
  );
});
