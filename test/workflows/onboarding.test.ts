import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onboard, organisation, register, requestFor, startOnboarding } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
});
after(() => world.close());

test('a certificate goes from its key file to an assertion that Digdir accepts', async () => {
  const issued = await world.cloud.authority.issue({ organisation });
  const request = requestFor(world, issued);
  register(world.cloud, request);

  const result = await onboard(world, request, issued);

  assert.equal(result.outcome, 'onboarded');
  assert.deepEqual([...result.grantedScopes].sort(), [...request.client.scopes].sort());
  assert.match(result.resources?.keyVersion ?? '', /cryptoKeyVersions\/1$/);
  assert.deepEqual(result.tidied, []);

  const calls = world.cloud.calls.count('kms', 'ImportCryptoKeyVersion');
  const again = await startOnboarding(world, request);
  assert.equal((await again.result()).outcome, 'unchanged');
  assert.equal(world.cloud.calls.count('kms', 'ImportCryptoKeyVersion'), calls);
});
