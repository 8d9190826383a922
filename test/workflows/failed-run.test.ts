/** A run that fails for good: what people decided in it is kept all the same. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decide, organisation, register, startOnboarding, submitKey } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed, newRequest, nextGate, ownerOf } from './support.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
});
after(() => world.close());

test('the approval of a run whose key somebody disables is on record, with what became of the run', async () => {
  const issued = await world.cloud.authority.issue({ organisation });
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const owner = ownerOf(world);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  await nextGate(handle);
  const [key] = world.cloud.google.inspect().cryptoKeys;
  const name = key?.versions[0]?.name ?? '';
  await owner.kms.updateCryptoKeyVersion({
    cryptoKeyVersion: { name, state: 'DISABLED' },
    updateMask: { paths: ['state'] },
  });

  assert.equal((await decide(handle)).outcome, 'counted');

  assert.equal((await failed(handle)).code, 'GOOGLE_REFUSED');
  const record = world.cloud.google.inspect().secrets.find((secret) => secret.name.endsWith('-record'));
  const kept = JSON.parse(record?.versions.at(-1)?.payload?.toString() ?? '{}') as {
    outcome?: string;
    decisions?: { decidedBy: string }[];
  };
  assert.equal(kept.outcome, 'failed');
  assert.deepEqual(
    kept.decisions?.map(({ decidedBy }) => decidedBy),
    ['kari'],
  );
  await owner.close();
});
