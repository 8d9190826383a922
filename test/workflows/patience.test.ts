/** What is tried until the patience of a run is over: its end tells what was answered last, and what people can do. */
import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { ask, endOf } from '../../client/provision.ts';
import { failureLines } from '../../client/failure.ts';
import { isFailureCode } from '../../domain/failures.ts';
import type { Pace } from '../../domain/onboarding.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import type { Disturbance, System } from '../../local/calls.ts';
import { organisation, register, startOnboarding } from '../onboarding.ts';
import { clientName, onboardAdminClient, requestOf, specOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed, newRequest, quick } from './support.ts';

let world: TestWorld;
let release = (): void => undefined;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
});
afterEach(() => {
  release();
  world.cloud.calls.disturb();
});
after(() => world.close());

/** From now on, the system refuses, or holds its answers back until the test is over. */
function disturb(system: System, how: 'refuse' | 'hold'): void {
  const over = new Promise<Disturbance>((resolve) => {
    release = () => resolve('none');
  });
  world.cloud.calls.disturb({
    before: (call) => {
      if (call.system !== system) return 'none';
      return how === 'refuse' ? 'refuse' : over;
    },
  });
}

/** Seconds. */
const patience = 3;

/** Milliseconds: an attempt has all the time that a run has patience. */
const slow = { attempt: 60_000, heartbeat: 60_000 };

async function applied(change: Partial<Pace> = {}): Promise<OperationEnd> {
  const client = clientName(world);
  const request = requestOf(world, client, { kind: 'apply', spec: specOf(client.name) });
  const pace = { ...request.pace, ...change, patience };
  return await endOf(await ask(world.client, world.prefix, { ...request, pace }));
}

async function onboardingFailed(change: Partial<Pace> = {}): Promise<string> {
  const issued = await world.cloud.authority.issue({ organisation });
  const request = { ...newRequest(world, issued), pace: { ...quick(1), ...change, patience } };
  register(world.cloud, request);
  const { code, message, findings } = await failed(await startOnboarding(world, request));
  assert.ok(isFailureCode(code), code);
  return failureLines({ code, message, findings }).join('\n');
}

suite('a run that has no more patience', () => {
  test('tells of a client what was answered last, and to ask again', async () => {
    disturb('self-service', 'refuse');
    const { code, message } = await applied();
    assert.equal(code, 'CLIENT_ASKED', message);
    assert.match(message, /run the command again/);
  });

  test('tells of a client that a step was not done in time', async () => {
    disturb('secret-manager', 'hold');
    const { code, message } = await applied(slow);
    assert.equal(code, 'STEP_TIMED_OUT', message);
    assert.match(message, /run the command again/);
  });

  test('tells of an onboarding what was answered last, and to ask again', async () => {
    disturb('kms', 'refuse');
    assert.match(
      await onboardingFailed(),
      /^Google Cloud does not answer: .* run the command again.* \[GOOGLE_UNAVAILABLE\]$/,
    );
  });

  test('tells of an onboarding that a step was not done in time', async () => {
    disturb('kms', 'hold');
    assert.match(
      await onboardingFailed(slow),
      /^A step was not done in time: .* run the command again.* \[STEP_TIMED_OUT\]$/,
    );
  });
});
