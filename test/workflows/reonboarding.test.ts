/** Onboarding again: nothing to do is nothing done; and a client that is locked to a registered key. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decide, onboard, organisation, register, startOnboarding, submitKey } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, quick, startPreview, writes } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

test('a second onboarding has an empty plan, asks nobody and writes nothing', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);

  const planned = await (await startPreview(world, request)).result();
  assert.deepEqual(
    planned.plans.map(({ plan }) => plan.phase),
    ['custody', 'registration', 'activation'],
  );
  assert.ok(planned.plans.every(({ plan }) => plan.steps.length > 0));
  assert.deepEqual(writes(world), [], 'a preview writes nothing');

  const first = await onboard(world, request, issued);
  assert.equal(first.outcome, 'onboarded');
  const written = writes(world).length;
  const handle = await startOnboarding(world, request);
  const second = await handle.result();

  assert.equal(second.outcome, 'unchanged');
  assert.deepEqual(second.steps, []);
  assert.deepEqual(second.decisions, []);
  assert.deepEqual(second.resources, first.resources);
  assert.deepEqual(second.active, first.active);
  assert.deepEqual(second.handover, first.handover);
  const empty = await (await startPreview(world, request)).result();
  assert.ok(empty.plans.every(({ plan }) => plan.steps.length === 0));
  assert.equal(writes(world).length, written, 'neither the second run nor the preview wrote anything');
});

test('other scopes need a new registration and a new active document, and no new key', async () => {
  const request = newRequest(world, issued);
  register(world.cloud, request);
  const first = await onboard(world, request, issued);
  const fewer = { ...request, client: { ...request.client, scopes: ['idporten:dcr.write'] } };

  const handle = await startOnboarding(world, fewer);
  await decide(handle);
  const second = await handle.result();

  assert.equal(second.outcome, 'onboarded');
  assert.deepEqual(second.grantedScopes, ['idporten:dcr.write']);
  assert.deepEqual(second.resources, first.resources);
  assert.match(first.active?.version ?? '', /\/versions\/1$/);
  assert.match(second.active?.version ?? '', /\/versions\/2$/);
});

test('a client that is locked to its certificate signs with the kid that the approver gives', async () => {
  const request = newRequest(world, issued, { client: { assertion: 'kid' } });
  register(world.cloud, request, 'registered-2026', issued);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);

  const without = await decide(handle);
  assert.equal(without.code, 'DECISION_KID_MISSING');
  assert.equal((await decide(handle, { kid: 'registered-2026' })).outcome, 'counted');

  const result = await handle.result();
  assert.deepEqual(result.active?.document.assertion, { style: 'kid', kid: 'registered-2026' });
  const again = await startOnboarding(world, request);
  assert.equal((await again.result()).outcome, 'unchanged', 'a kid that is active is taken as it stands');
});

test('a kid that the tenant file foresees is not asked for, and may be corrected by the approver', async () => {
  const request = newRequest(world, issued, { client: { assertion: 'kid', kid: 'foreseen' }, pace: quick(1) });
  register(world.cloud, request, 'as-registered', issued);
  const handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);

  assert.equal((await decide(handle)).outcome, 'counted');
  assert.equal((await decide(handle, { kid: 'as-registered' })).outcome, 'counted');
  const result = await handle.result();
  assert.deepEqual(result.active?.document.assertion, { style: 'kid', kid: 'as-registered' });
  assert.equal(result.decisions.length, 2);

  // The tenant file still says what people overtook.
  const again = await (await startOnboarding(world, request)).result();
  assert.equal(again.outcome, 'unchanged');
  const [notice] = again.notices.filter(({ code }) => code === 'KID_OTHER');
  assert.match(notice?.message ?? '', /says foreseen, .* as-registered/);
  const { plans, notices } = await (await startPreview(world, request)).result();
  assert.ok(plans.every(({ plan }) => plan.steps.length === 0));
  assert.ok(notices.some(({ code }) => code === 'KID_OTHER'));

  const fewer = { ...request, client: { ...request.client, scopes: ['idporten:dcr.write'] } };
  const other = await startOnboarding(world, fewer);
  await decide(other);
  const { active } = await other.result();
  assert.deepEqual(active?.document.assertion, { style: 'kid', kid: 'as-registered' });
});

test('a kid that the tenant file says anew opens registration for it, and that is said', async () => {
  const request = newRequest(world, issued, { client: { assertion: 'kid', kid: 'one' } });
  register(world.cloud, request, 'one', issued);
  await onboard(world, request, issued);
  register(world.cloud, request, 'two', issued);
  const handle = await startOnboarding(world, { ...request, client: { ...request.client, kid: 'two' } });
  await decide(handle);
  const { active, notices } = await handle.result();
  assert.deepEqual(active?.document.assertion, { style: 'kid', kid: 'two' });
  const [notice] = notices.filter(({ code }) => code === 'KID_OTHER');
  assert.match(notice?.message ?? '', /says two, .* one: registration is opened/);
});
