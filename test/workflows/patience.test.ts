/** What is tried until the patience of a run is over: its end tells what was answered last, and what people can do. */
import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { runPreview } from '../../client/preview.ts';
import { ask, endOf } from '../../client/provision.ts';
import { failureLines } from '../../client/failure.ts';
import { isFailureCode } from '../../domain/failures.ts';
import type { Pace } from '../../domain/onboarding.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import type { Disturbance, System } from '../../local/calls.ts';
import { organisation, register, startOnboarding } from '../onboarding.ts';
import { clientName, onboardAdminClient, requestOf, specOf } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { WorldWithWorker } from '../world.ts';
import { failed, newRequest, quick } from './support.ts';
import type { Handle } from './support.ts';

let world: WorldWithWorker;
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

/** From now on, the system refuses, or holds its answers back until the test is over. Resolves when it first did. */
function disturb(system: System, how: 'refuse' | 'hold', caller?: string): Promise<void> {
  const over = new Promise<Disturbance>((resolve) => {
    release = () => resolve('none');
  });
  return new Promise((resolve) => {
    world.cloud.calls.disturb({
      before: (call) => {
        if (call.system !== system || call.caller !== (caller ?? call.caller)) return 'none';
        resolve();
        return how === 'refuse' ? 'refuse' : over;
      },
    });
  });
}

/** Seconds. */
const patience = 3;

/** Milliseconds: an attempt has all the time that a run has patience. */
const slow = { attempt: 60_000, heartbeat: 60_000 };

/** From now on no worker provisions what custody needs. */
const withoutProvisioner = (): Promise<void> => world.restartWorker({ DIGDIR_ROLES: 'operator,importer' });

async function applied(change: Partial<Pace> = {}): Promise<OperationEnd> {
  const client = clientName(world);
  const request = requestOf(world, client, { kind: 'apply', spec: specOf(client.name) });
  const pace = { ...request.pace, patience, ...change };
  return await endOf(await ask(world.client, world.prefix, { ...request, pace }));
}

async function onboarding(change: Partial<Pace> = {}): Promise<Handle> {
  const issued = await world.cloud.authority.issue({ organisation });
  const request = { ...newRequest(world, issued), pace: { ...quick(1), patience, ...change } };
  register(world.cloud, request);
  return await startOnboarding(world, request);
}

async function toldBy(run: Handle): Promise<string> {
  const { code, message, findings } = await failed(run);
  assert.ok(isFailureCode(code), code);
  return failureLines({ code, message, findings }).join('\n');
}

const unanswered = /^Google Cloud does not answer: .* run the command again.* \[GOOGLE_UNAVAILABLE\]$/;

test('a preview tells what is refused again and again while it waits, and is made in the end', async () => {
  const issued = await world.cloud.authority.issue({ organisation });
  const request = { ...newRequest(world, issued), pace: quick(1) };
  void disturb('kms', 'refuse');
  const told: string[] = [];
  const say = (line: string): void => {
    told.push(line);
    world.cloud.calls.disturb();
  };
  const times = { pause: 50, patience: 60_000 };
  const { client, prefix } = world;
  const { exitCode } = await runPreview({ orders: [{ request }], client, prefix, say, times });
  assert.equal(exitCode, 7);
  assert.match(told[0] ?? '', /^tried again since .*, until .* at most$/);
  assert.match(told[1] ?? '', /^attempt \d+: Google Cloud does not answer: .* \[GOOGLE_UNAVAILABLE\]$/);
  assert.equal(new Set(told).size, told.length);
});

suite('a run that has no more patience', () => {
  test('tells of a client what was answered last, and to ask again', async () => {
    void disturb('self-service', 'refuse');
    const { code, message } = await applied();
    assert.equal(code, 'CLIENT_ASKED', message);
    assert.match(message, /run the command again/);
  });

  test('tells of a client that nobody answered', async () => {
    void disturb('secret-manager', 'hold');
    const { code, message } = await applied(slow);
    assert.equal(code, 'GOOGLE_UNAVAILABLE', message);
    assert.match(message, /Deadline exceeded.* run the command again/);
  });

  test('tells of an onboarding what was answered last, and to ask again', async () => {
    void disturb('kms', 'refuse');
    assert.match(await toldBy(await onboarding()), unanswered);
  });

  test('tells of an onboarding that nobody answered', async () => {
    void disturb('kms', 'hold');
    assert.match(await toldBy(await onboarding(slow)), unanswered);
  });

  test('tells of an onboarding what was answered before the worker went away', async () => {
    const refused = disturb('kms', 'refuse', world.cloud.variables['DIGDIR_PROVISIONER_SERVICE_ACCOUNT']);
    const run = await onboarding({ patience: 8 });
    await refused;
    await withoutProvisioner();
    assert.match(await toldBy(run), unanswered);
  });

  test('tells of an onboarding that a step was not done in time', async () => {
    await withoutProvisioner();
    assert.match(
      await toldBy(await onboarding()),
      /^A step was not done in time: .* run the command again.* \[STEP_TIMED_OUT\]$/,
    );
  });
});
