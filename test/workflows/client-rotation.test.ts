/** A new key while consumers use the old one: nothing they use is taken away before they say so, or its time is over. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createIdporten } from '../../services/idporten.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { Refusal } from '../../domain/refusal.ts';
import { organisation } from '../onboarding.ts';
import { apply, clientAt, clientName, onboardAdminClient, privateKeyOf, provision } from '../provisioning.ts';
import { apiCaller, newKey } from '../services/self-service-caller.ts';
import type { Call } from '../services/self-service-caller.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
let byHand: Call;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  byHand = await apiCaller(world.cloud, organisation);
});
after(() => world.close());

let client: OAuthClientName;
let first: OperationEnd;
beforeEach(async () => {
  client = clientName(world);
  first = await apply(world, client);
});

const rotate = () => provision(world, client, { kind: 'rotate-key' });
const acknowledge = (version?: number) =>
  provision(world, client, { kind: 'acknowledge', ...(version === undefined ? {} : { version }) });
const kids = (end: OperationEnd) => clientAt(world, end.clientId).keys.map(({ kid }) => kid);
const kidOf = (end: OperationEnd) => end.published?.kid ?? '';

/** Whether ID-porten accepts a login that the consumer of these credentials begins. */
async function works(end: OperationEnd): Promise<boolean> {
  const idporten = createIdporten(world.cloud.digdir.idporten.metadata, {
    now: () => new Date(),
    uuid: () => crypto.randomUUID(),
  });
  const redirectUri = `https://${client.name}.example.no/oauth2/callback`;
  const login = { clientId: end.clientId ?? '', redirectUri, scopes: ['openid'] };
  try {
    await idporten.proveKey(login, privateKeyOf(world, end), { timeout: 10_000 });
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'CLIENT_KEY_REFUSED') return false;
    throw error;
  }
}

test('the old key works until it is acknowledged, through any number of applies', async () => {
  const second = await rotate();
  assert.equal(second.outcome, 'applied', second.message);
  assert.deepEqual(kids(second), [kidOf(first), kidOf(second)]);
  assert.deepEqual(
    second.notices.map(({ code, where }) => [code, where]),
    [['CLIENT_KEY_KEPT', kidOf(first)]],
  );
  for (const changes of [{}, { clientName: 'Et annet navn' }, { clientName: 'Et tredje navn' }]) {
    const end = await apply(world, client, changes);
    assert.deepEqual(
      end.notices.map(({ code, where }) => [code, where]),
      [['CLIENT_KEY_KEPT', kidOf(first)]],
    );
  }
  assert.deepEqual([await works(first), await works(second)], [true, true]);

  const end = await acknowledge(2);
  assert.equal(end.outcome, 'applied', end.message);
  assert.deepEqual([await works(first), await works(second)], [false, true]);
  assert.equal((await acknowledge()).outcome, 'unchanged');
});

test('a rotation of one key is done once, however often it is asked for', async () => {
  const again = { kind: 'rotate-key', replaces: kidOf(first) } as const;
  const second = await provision(world, client, again);
  assert.equal(second.outcome, 'applied', second.message);
  const third = await provision(world, client, again);
  assert.deepEqual([third.outcome, kidOf(third)], ['unchanged', kidOf(second)]);
  assert.deepEqual(kids(third), [kidOf(first), kidOf(second)]);
});

test('a consumer that uses an older version is not taken at its word', async () => {
  await rotate();
  const end = await acknowledge(1);
  assert.deepEqual([end.outcome, end.code], ['refused', 'CREDENTIALS_OUTDATED']);
  assert.equal(await works(first), true);
});

test('a sixth key is never attempted, and a key that is not ours survives everything', async () => {
  const { jwk } = newKey('theirs');
  const { keys } = clientAt(world, first.clientId);
  assert.equal((await byHand('POST', `/clients/${first.clientId}/jwks`, { keys: [...keys, jwk] })).status, 201);
  for (let count = 3; count <= 5; count += 1) {
    const end = await rotate();
    assert.equal(end.outcome, 'applied', end.message);
    assert.equal(kids(end).length, count);
  }
  const posts = () => world.cloud.calls.count('self-service', 'POST /api/v1/clients/{id}/jwks');
  const before = posts();
  const full = await rotate();
  assert.deepEqual([full.outcome, full.code], ['refused', 'CLIENT_KEYS_FULL']);
  assert.match(full.message, /digdir acknowledge/);
  assert.equal(posts(), before);
  const end = await acknowledge();
  assert.deepEqual(kids(end), ['theirs', kidOf(end)]);
  assert.equal((await rotate()).outcome, 'applied');
  assert.ok(kids(end).includes('theirs'));
  await provision(world, client, { kind: 'delete' });
  assert.deepEqual(kids(end), ['theirs']);
});

test('where the client’s policy is a time, Digdir itself ends the old key then', async () => {
  await apply(world, client, { oldKeys: { until: 'elapsed', seconds: 3600 } });
  const second = await rotate();
  const old = clientAt(world, second.clientId).keys.find(({ kid }) => kid === kidOf(first));
  const left = (old?.exp ?? 0) - Date.now() / 1000;
  assert.ok(left > 3500 && left <= 3600, `${left} seconds`);
  const again = await apply(world, client, { oldKeys: { until: 'elapsed', seconds: 3600 } });
  assert.equal(again.outcome, 'unchanged', JSON.stringify(again.steps));
});

test('a key that has not arrived at ID-porten is waited for, and not published before', async (t) => {
  const { settings } = world.cloud.digdir;
  t.after(() => Object.assign(settings, { propagationDelay: 0 }));
  settings.propagationDelay = 2_000;
  const end = await rotate();
  assert.equal(end.outcome, 'applied', end.message);
  assert.equal(await works(end), true);
});

test('two keys of one client differ in their ids from those of every other', async () => {
  const other = await apply(world, clientName(world));
  const second = await rotate();
  assert.equal(new Set([kidOf(first), kidOf(second), kidOf(other)]).size, 3);
});
