/** Records of clients that Secret Manager shows as they were before: a new run waits for the present one. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { apply, clientAt, clientName, onboardAdminClient, provision } from '../provisioning.ts';
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

/** Carries out `first`, and then `next`, to which the record is shown once as it was before both. */
async function inARow(first: () => Promise<OperationEnd>, next: () => Promise<OperationEnd>) {
  const { cloud } = world;
  const stopped = Date.now();
  const behind = { configurable: true, get: () => Date.now() - stopped };
  const present = { configurable: true, writable: true, value: undefined };
  Object.defineProperty(cloud.google.settings, 'staleMetadata', behind);
  const one = await first();
  let reads = 0;
  cloud.calls.disturb({
    before({ method }) {
      if (method === 'GetSecret' && ++reads === 2)
        Object.defineProperty(cloud.google.settings, 'staleMetadata', present);
      return 'none';
    },
  });
  const other = await next();
  cloud.calls.disturb();
  Object.defineProperty(cloud.google.settings, 'staleMetadata', present);
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
