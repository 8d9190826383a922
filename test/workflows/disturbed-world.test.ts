/** Everything goes a little wrong all the time: delays, refusals and lost replies on every call, by a seed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seededDisturber } from '../../local/calls.ts';
import { onboard, organisation, register } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest } from './support.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
});
after(() => world.close());

for (const seed of [1, 2]) {
  test(`seed ${seed}: some calls are refused, some lose their reply, all are late, and onboarding ends well`, async () => {
    const issued = await world.cloud.authority.issue({ organisation });
    const request = newRequest(world, issued);
    register(world.cloud, request);
    world.cloud.calls.disturb(seededDisturber({ seed, refuse: 0.03, loseReply: 0.03, latency: 20 }));

    const result = await onboard(world, request, issued);
    world.cloud.calls.disturb();

    assert.equal(result.outcome, 'onboarded');
    const key = world.cloud.google.inspect().cryptoKeys.find(({ name }) => name.includes(request.google.keyRing));
    assert.equal(key?.versions.filter(({ state }) => state === 'ENABLED').length, 1);
  });
}

test('the same seed disturbs the same calls', async () => {
  const call = { index: 1, system: 'kms', method: 'AsymmetricSign', caller: 'x' } as const;
  const fates = async () => {
    const disturber = seededDisturber({ seed: 7, refuse: 0.3, loseReply: 0.3 });
    const seen: string[] = [];
    for (let count = 0; count < 50; count++) seen.push((await disturber.before?.(call)) ?? '');
    return seen;
  };
  const [one, other] = [await fates(), await fates()];
  assert.deepEqual(one, other);
  assert.ok(['none', 'refuse', 'lose-reply'].every((fate) => one.includes(fate)));
});

test('only the calls that are meant are disturbed', async () => {
  const disturber = seededDisturber({ seed: 7, refuse: 1, only: ({ system }) => system === 'kms' });
  const call = { index: 1, method: 'x', caller: 'x' };
  assert.equal(await disturber.before?.({ ...call, system: 'kms' }), 'refuse');
  assert.equal(await disturber.before?.({ ...call, system: 'maskinporten' }), 'none');
});
