/** What Google does late: stale metadata and lists, grants that take effect later, slow jobs and imports. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decide, onboard, organisation, register, startOnboarding, submitKey } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, writes } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

test('onboarding ends well while metadata and `latest` are an hour behind', async () => {
  world.cloud.google.settings.staleLatest = 3_600_000;
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const first = await onboard(world, request, issued);
  assert.equal(first.outcome, 'onboarded');
  const added = () => writes(world).filter(({ method }) => /^(AddSecretVersion|Import)/.test(method)).length;
  const before = added();
  const second = await (await startOnboarding(world, request)).result();
  world.cloud.google.settings.staleLatest = 0;
  assert.deepEqual(second.resources, first.resources);
  assert.deepEqual(second.active, first.active);
  const records = world.cloud.google.inspect().secrets.filter(({ name }) => name.includes(`${request.tenant}-`));
  const versions = Object.fromEntries(
    records.map(({ name, versions }) => [name.replace(/^.*maskinporten-/, ''), versions.length]),
  );
  assert.deepEqual(
    { ...versions, record: undefined },
    { active: 1, 'cert-chain': 1, 'client-id': 1, record: undefined },
  );
  assert.ok(Number(versions['record']) >= 1, 'the record is kept though its secret is seen late');
  assert.ok(added() - before <= 1, 'nothing but a record is added the second time');
});

test('onboarding and its early end wait for grants that take effect late', async () => {
  const { settings } = world.cloud.google;
  Object.assign(settings, { iamDelay: 1_500, importDelay: 800, jobDelay: 800 });
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  await decide(handle, { verdict: 'reject' });
  const rejected = await handle.result();
  assert.equal(rejected.tidied.filter((line) => line.startsWith('disabled')).length, 3);

  const again = await startOnboarding(world, request);
  await decide(again);
  const result = await again.result();
  Object.assign(settings, { iamDelay: 0, importDelay: 50, jobDelay: 50 });
  assert.equal(result.outcome, 'onboarded');
  const record = world.cloud.google
    .inspect()
    .secrets.find(({ name }) => name.endsWith(`/${request.tenant}-local-maskinporten-record`));
  assert.equal(record?.versions.length, 2, 'both runs are on record');
});

test('an unavailable Google and lost replies cost retries, and no double', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const seen = new Set<string>();
  world.cloud.calls.disturb({
    after({ system, method }) {
      if (system === 'maskinporten' || seen.has(method)) return 'none';
      seen.add(method);
      return 'lose-reply';
    },
  });
  const result = await onboard(world, request, issued);
  world.cloud.calls.disturb();
  assert.equal(result.outcome, 'onboarded');
  assert.ok(seen.size > 15, [...seen].join());
  const { cryptoKeys, secrets } = world.cloud.google.inspect();
  const [key] = cryptoKeys.filter(({ name }) => name.includes(`/keyRings/${request.tenant}/`));
  assert.equal(key?.versions.filter(({ state }) => state === 'ENABLED').length, 1);
  for (const { name, versions } of secrets.filter(({ name }) => name.includes(`/${request.tenant}-`))) {
    assert.equal(versions.filter(({ state }) => state === 'ENABLED').length, 1, name);
  }
});
