/** Records of clients that Secret Manager shows as they were before: a new run waits for the present one. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { ask, endOf } from '../../client/provision.ts';
import { apply, clientAt, clientName, onboardAdminClient, provision, requestOf, specOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
let client: OAuthClientName;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
});
beforeEach(() => {
  client = clientName(world);
});
after(() => world.close());

type Shown = {
  /** From when on the record stays as it is shown: the start of `first`, or when it has published and not noted it yet. */
  readonly from?: 'start' | 'publishing';
  /** Until when: the second read of `next`, or its first change at Digdir. */
  readonly until?: 'second read' | 'change';
};

/** Carries out `first`, and then `next`, to which the record is shown for a while as it was before. */
async function inARow(
  first: () => Promise<OperationEnd>,
  next: () => Promise<OperationEnd>,
  { from = 'start', until = 'second read' }: Shown = {},
) {
  const { cloud } = world;
  const show = (how: PropertyDescriptor) =>
    Object.defineProperty(cloud.google.settings, 'staleMetadata', { configurable: true, ...how });
  const showPresent = () => show({ writable: true, value: undefined });
  let stopped = Date.now();
  show({ get: () => Date.now() - stopped });
  cloud.calls.disturb({
    before({ method }) {
      // The first one adds the candidate, the last one the credentials.
      if (from === 'publishing' && method === 'AddSecretVersion') stopped = Date.now();
      return 'none';
    },
  });
  const one = await first();
  let reads = 0;
  cloud.calls.disturb({
    before({ method }) {
      if (method === 'GetSecret') reads += 1;
      if (until === 'change' ? method.startsWith('PUT') : reads === 2) showPresent();
      return 'none';
    },
  });
  const other = await next();
  cloud.calls.disturb();
  showPresent();
  return [one, other] as const;
}

const kids = (end: OperationEnd) => clientAt(world, end.clientId).keys.map(({ kid }) => kid);

const rotate = () => provision(world, client, { kind: 'rotate-key' });

test('a client that was just made is known, and can be removed', async () => {
  const [made, removed] = await inARow(
    () => apply(world, client),
    () => provision(world, client, { kind: 'delete' }),
  );
  assert.equal(removed.outcome, 'applied', removed.message);
  assert.equal(clientAt(world, made.clientId).client.active, false);
});

for (const [version, said] of [
  [{ version: 2 }, 'by its version'],
  [{}, 'as the published one'],
] as const) {
  test(`credentials that were just published can be acknowledged, ${said}`, async () => {
    await apply(world, client);
    const acknowledge = () => provision(world, client, { kind: 'acknowledge', ...version });
    const [rotated, acknowledged] = await inARow(rotate, acknowledge);
    assert.equal(acknowledged.outcome, 'applied', acknowledged.message);
    assert.deepEqual(kids(rotated), [rotated.published?.kid]);
  });
}

test('a key that is rotated twice in a row leaves the keys before it to be acknowledged', async () => {
  const first = await apply(world, client);
  const [second, third] = await inARow(rotate, rotate);
  assert.equal(third.outcome, 'applied', third.message);
  const all = [first, second, third].map(({ published }) => published?.kid);
  assert.deepEqual(kids(third), all);
  await provision(world, client, { kind: 'acknowledge' });
  assert.deepEqual(kids(third), [third.published?.kid]);
});

test('an apply of what was just rotated tells what is published', async () => {
  await apply(world, client);
  const [rotated, again] = await inARow(rotate, () => apply(world, client));
  assert.deepEqual([again.outcome, again.published], ['unchanged', rotated.published]);
});

test('a client that was just made keeps the key that was published, whose candidate is gone', async () => {
  const renamed = () => apply(world, client, { clientName: 'Etaten' });
  const [made, again] = await inARow(() => apply(world, client), renamed, { from: 'publishing' });
  assert.deepEqual([again.outcome, again.published], ['applied', made.published]);
  assert.deepEqual(kids(made), [made.published?.kid]);
});

test('so does one whose key was just rotated', async () => {
  const first = await apply(world, client);
  const renamed = () => apply(world, client, { clientName: 'Etaten' });
  const [rotated, again] = await inARow(rotate, renamed, { from: 'publishing' });
  assert.deepEqual([again.outcome, again.published], ['applied', rotated.published]);
  assert.deepEqual(kids(rotated), [first.published?.kid, rotated.published?.kid]);
});

test('a published key is not taken for lost, however late the record is', async () => {
  const renamed = requestOf(world, client, {
    kind: 'apply',
    spec: specOf(client.name, { clientName: 'Etaten' }),
  });
  const impatient = { ...renamed, pace: { ...renamed.pace, propagation: 1 } };
  const [made, again] = await inARow(
    () => apply(world, client),
    async () => await endOf(await ask(world.client, world.prefix, impatient)),
    { from: 'publishing', until: 'change' },
  );
  assert.deepEqual([again.outcome, again.published], ['applied', made.published]);
  assert.deepEqual(kids(made), [made.published?.kid]);
});

test('a key that is rotated again while the record has it as a candidate gives way to another one', async () => {
  const first = await apply(world, client);
  const [second, third] = await inARow(rotate, rotate, { from: 'publishing' });
  const all = [first, second, third].map(({ published }) => published?.kid);
  assert.equal(new Set(all).size, 3);
  assert.deepEqual(kids(third), all);
});
