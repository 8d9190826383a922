/** Each thing that can go wrong with what others made is seen, when it happens and by its name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientRecord, RegisteredKey } from '../../local/digdir/models.ts';
import { createTakenWitness, takenAlways } from './taken-over.ts';
import type { Taken } from './taken-over.ts';
import type { InUse } from './witness.ts';

const now = new Date();
const hence = (hours: number): number => Math.floor(now.getTime() / 1000) + hours * 3600;
const time = now.toISOString();

const key = (kid: string, exp = hence(100), n = kid): RegisteredKey => ({
  kid,
  kty: 'RSA',
  n,
  e: 'AQAB',
  exp,
  created: time,
  last_updated: time,
});

const client = (id: string, description: string, keys: readonly RegisteredKey[], active = true): ClientRecord => ({
  client: {
    client_id: id,
    client_name: id,
    client_orgno: '312345678',
    description,
    active,
    application_type: 'web',
    integration_type: 'idporten',
    scopes: [],
    grant_types: [],
    token_endpoint_auth_method: 'private_key_jwt',
    created: time,
    last_updated: time,
  },
  keys,
});

const mark = 'dev:team:app';
const admin = client('admin', 'Self-service client of the organisation', []);
const other = client('other', 'dev:team:other', [key('theirs')]);
const taken = client('taken', mark, [key('old')]);
const before = [admin, other, taken];

/** The invariants that are broken when the clients have become these. */
function broken(
  after: readonly ClientRecord[],
  until: Taken['until'] = 'acknowledged',
  inUse: InUse = 'all',
): string[] {
  let clients: readonly ClientRecord[] = before;
  const witness = createTakenWitness(() => clients, { clientId: 'taken', until });
  clients = after;
  witness.see({ index: 1, system: 'self-service', method: 'PUT /api/v1/clients/{id}', caller: '' }, inUse);
  clients = before;
  return witness.judge(inUse).map(({ invariant }) => invariant);
}

const changedTo = (changed: ClientRecord): readonly ClientRecord[] =>
  before.map((one) => (one.client.client_id === changed.client.client_id ? changed : one));
const withKeys = (...keys: readonly RegisteredKey[]) => changedTo(client('taken', mark, keys));

test('a client that gets a key of ours, or loses its own when ours is acknowledged, is as it should be', () => {
  assert.deepEqual(broken(before), []);
  assert.deepEqual(broken(withKeys(key('old'), key('ours'))), []);
  assert.deepEqual(broken(withKeys(key('ours')), 'acknowledged', 'newest'), []);
  assert.deepEqual(broken(withKeys(key('old', hence(1)), key('ours')), 'elapsed'), []);
});

test('a key that is gone, is another, or ends before its time', () => {
  const keys = [takenAlways.keysWork];
  assert.deepEqual(broken(withKeys(key('ours'))), keys);
  assert.deepEqual(broken(withKeys(key('old', hence(100), 'another'))), keys);
  assert.deepEqual(broken(withKeys(key('old', hence(1)))), keys);
  assert.deepEqual(broken(withKeys(key('old', hence(-1))), 'elapsed'), keys);
});

test('a client that is made beside it, or in its place', () => {
  const double = client('double', mark, []);
  assert.deepEqual(broken([...before, double]), [takenAlways.sameClient]);
  assert.deepEqual(broken([...changedTo(client('taken', mark, [key('old')], false))]), [takenAlways.sameClient]);
});

test('a client of others, or an admin client, that is not as it was', () => {
  assert.deepEqual(broken(changedTo(client('other', 'dev:team:other', []))), [takenAlways.othersStay]);
  assert.deepEqual(broken([admin, taken]), [takenAlways.othersStay]);
  assert.deepEqual(broken(changedTo(client('admin', admin.client.description, [key('ours')]))), [
    takenAlways.adminsStay,
  ]);
});
