/** Decisions by several people: one counts, the other is told so; and what does not count says why. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { defaultGatePolicy } from '../../domain/approval.ts';
import type { GatePolicy } from '../../domain/approval.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decideSignal, decideUpdate } from '../../workflows/messages.ts';
import type { DecisionAnswer } from '../../workflows/messages.ts';
import { organisation, startOnboarding, statusWhen } from '../onboarding.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { newRequest, nextGate } from './support.ts';
import type { Handle } from './support.ts';

let world: TestWorld;
let issued: IssuedCertificate;
before(async () => {
  world = await startTestWorld();
  issued = await world.cloud.authority.issue({ organisation });
});
after(() => world.close());

/** A run that waits at the custody gate, which is the soonest; after approval it waits for the key. */
async function atGate(policy: Partial<GatePolicy>): Promise<{ handle: Handle; digest: string }> {
  const custody = { ...defaultGatePolicy, remindAfter: [], ...policy };
  const handle = await startOnboarding(world, newRequest(world, issued, { approval: { custody } }));
  const { digest } = await nextGate(handle);
  return { handle, digest };
}

const approve = (handle: Handle, digest: string, by: string): Promise<DecisionAnswer> =>
  handle.executeUpdate(decideUpdate, { args: [{ gate: 'custody', verdict: 'approve', by, reason: 'seen', digest }] });

const passed = (handle: Handle) => statusWhen(handle, ({ awaiting }) => awaiting?.what === 'wrapped-key');

describe('approvals', { concurrency: 3 }, () => {
  test('of two people at the same moment one counts, and the other is told who decided', async () => {
    const { handle, digest } = await atGate({});
    const answers = await Promise.all([approve(handle, digest, 'kari'), approve(handle, digest, 'ola')]);
    const [counted] = answers.filter(({ outcome }) => outcome === 'counted');
    const [late, ...others] = answers.filter(({ outcome }) => outcome === 'refused');
    assert.deepEqual(others, []);
    assert.equal(late?.code, 'DECISION_LATE');
    assert.ok(counted && late.message.includes(`by ${counted.decidedBy} at ${counted.at}`), late.message);
    await passed(handle);
    await handle.cancel();
    const { decisions } = await handle.result();
    assert.deepEqual(decisions.map(({ outcome }) => outcome).sort(), ['counted', 'refused']);
  });

  test('where two have to approve, they have to be two', async () => {
    const { handle, digest } = await atGate({ approvers: 2 });
    assert.equal((await approve(handle, digest, 'per')).code, 'DECISION_OWN_REQUEST');
    assert.equal((await approve(handle, digest, ' PER ')).code, 'DECISION_OWN_REQUEST');
    const first = await approve(handle, digest, 'kari');
    assert.match(first.message, /1 more approval is awaited/);
    assert.equal((await approve(handle, digest, 'Kari ')).code, 'DECISION_DUPLICATE');
    assert.equal((await approve(handle, digest, 'ka\u200bri')).code, 'DECISION_DUPLICATE');
    assert.equal((await approve(handle, 'sha256:0', 'ola')).code, 'DECISION_STALE');
    const both = await Promise.all([approve(handle, digest, 'ola'), approve(handle, digest, 'Ola')]);
    assert.deepEqual(both.map(({ outcome }) => outcome).sort(), ['counted', 'refused']);
    await passed(handle);
    assert.equal((await approve(handle, digest, 'nina')).code, 'DECISION_LATE');
    assert.equal((await approve(handle, 'sha256:0', 'nina')).code, 'DECISION_NOT_AWAITED');
    await handle.cancel();
    assert.equal((await handle.result()).outcome, 'withdrawn');
  });

  test('one rejection ends it, whoever has approved', async () => {
    const { handle, digest } = await atGate({ approvers: 2 });
    await approve(handle, digest, 'kari');
    await handle.signal(decideSignal, { gate: 'custody', verdict: 'reject', by: 'ola', reason: 'not now', digest });
    const result = await handle.result();
    assert.equal(result.outcome, 'rejected');
    assert.equal(result.reason, 'ola rejected custody: not now');
    assert.deepEqual(
      result.decisions.map(({ id, via }) => `${via} ${id}`.replace(/^update .*/, 'update')),
      ['update', 'signal signal-1'],
    );
  });

  test('only those whom the policy names decide, by signal as by update', async () => {
    const { handle, digest } = await atGate({ who: ['Nina@example.org'] });
    assert.equal((await approve(handle, digest, 'kari')).code, 'DECISION_NOT_ALLOWED');
    const wrongGate = { gate: 'activation', verdict: 'approve', by: 'nina@example.org', reason: 'x', digest };
    assert.equal((await handle.executeUpdate(decideUpdate, { args: [wrongGate] })).code, 'DECISION_NOT_AWAITED');
    await handle.signal(decideSignal, { ...wrongGate, gate: 'custody' });
    await passed(handle);
    await handle.cancel();
    const { decisions } = await handle.result();
    assert.deepEqual(
      decisions.map(({ outcome, code }) => code ?? outcome),
      ['DECISION_NOT_ALLOWED', 'DECISION_NOT_AWAITED', 'counted'],
    );
  });

  test('reminders go out while people are waited for', async () => {
    const { handle, digest } = await atGate({ remindAfter: [1, 2], expiresAfter: 60 });
    const reminders = () =>
      world.audit.filter((entry) => 'digest' in entry && entry.digest === digest && 'missing' in entry).length;
    await statusWhen(handle, () => reminders() === 2);
    await approve(handle, digest, 'kari');
    await passed(handle);
    await handle.cancel();
    await handle.result();
  });
});
