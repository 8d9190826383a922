/** An outage at the very moment of activation does not use up the soak: it counts from when readers can hear of the new document. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { awaited, decide, organisation, submitKey } from '../onboarding.ts';
import { rotationOf, startRotation } from '../rotation.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newOnboarded } from './support.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
});
after(() => world.close());

test('the old key is used for the whole soak though the document could not be written for longer than that', async () => {
  const soak = 2;
  const first = await world.cloud.authority.issue({ organisation });
  const second = await world.cloud.authority.issue({ organisation });
  const request = await newOnboarded(world, first);
  const handle = await startRotation(world, rotationOf(request, second, { soak }));
  await submitKey(world, handle, second);
  // By then the chain is stored: what is added next is the document.
  await awaited(handle, 'decision');
  let begun: number | undefined;
  world.cloud.calls.disturb({
    before({ method }) {
      if (method !== 'AddSecretVersion') return 'none';
      begun ??= Date.now();
      return Date.now() - begun < soak * 1000 ? 'refuse' : 'none';
    },
  });
  await decide(handle);
  const { outcome, steps } = await handle.result();
  world.cloud.calls.disturb();
  assert.equal(outcome, 'rotated');
  const step = (kind: string) => steps.find((one) => one.kind === kind);
  const written = Date.parse(step('write-active-document')?.endedAt ?? '');
  const disabled = Date.parse(step('disable-key-version')?.startedAt ?? '');
  assert.ok(disabled - written >= soak * 1000, `${disabled - written} ms`);
});
