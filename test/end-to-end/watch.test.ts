/** `digdir watch`: a schedule that is there once, passes that it starts, and metrics of what expires. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ScheduleHandle } from '@temporalio/client';
import { watchId, watchStart } from '../../domain/watch.ts';
import type { WatchRequest, WatchResult } from '../../domain/watch.ts';
import { testTemporal } from '../environment.ts';
import { organisation, quickPace } from '../onboarding.ts';
import { apply, clientName, onboardAdminClient, provision, tenantOf } from '../provisioning.ts';
import { quickRotation } from '../rotation.ts';
import { startWebhook } from '../webhook.ts';
import type { Webhook } from '../webhook.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { createCaller } from './client-call.ts';
import type { Caller } from './client-call.ts';
import { start } from './command.ts';

let webhook: Webhook;
let world: TestWorld;
let caller: Caller;
let schedule: ScheduleHandle;
let file: string;
before(async () => {
  webhook = await startWebhook();
  world = await startTestWorld({ variables: { DIGDIR_NOTICE_WEBHOOK: webhook.url } });
  caller = await createCaller(world);
  file = join(caller.folder, 'tenant.yaml');
  schedule = world.client.schedule.getHandle(watchId({ tenant: world.tenant, environment: 'local' }));
  await onboardAdminClient(world);
  await apply(world, clientName(world, 'soknad'));
});
after(async () => {
  await world.close();
  await webhook.close();
});

/** The pass that the schedule started, once it has ended. */
async function firstPass(): Promise<{ readonly workflowId: string; readonly result: WatchResult }> {
  for (;;) {
    const { info } = await schedule.describe();
    const [action] = info.recentActions;
    if (action) {
      const { workflowId } = action.action.workflow;
      const result = (await world.client.workflow.getHandle(workflowId).result()) as WatchResult;
      return { workflowId, result };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('installed twice it is one schedule, once a day, and what the person paused stays so', async () => {
  const first = await caller.call('watch', ['install'], { file });
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^The schedule watch:\S+:local is created; its next pass is at \d{4}-/);
  await schedule.pause('for a while');
  const { document } = await caller.ask('watch', ['install'], { file, by: 'ola' });
  assert.equal(document['outcome'], 'updated');
  const { spec, policies, state, action, info } = await schedule.describe();
  assert.deepEqual([policies.overlap, spec.jitter, state.paused], ['SKIP', 3_600_000, true]);
  assert.deepEqual(
    spec.calendars?.map(({ hour, dayOfMonth }) => [hour, dayOfMonth]),
    [[[{ start: 5, end: 5, step: 1 }], [{ start: 1, end: 31, step: 1 }]]],
  );
  const [asked] = (action.args ?? []) as [WatchRequest?];
  assert.equal(asked?.requestedBy, 'ola');
  const [one, other] = info.nextActionTimes;
  const apart = (other?.getTime() ?? 0) - (one?.getTime() ?? 0);
  assert.ok(apart > 22 * 3_600_000 && apart < 26 * 3_600_000, `${apart} milliseconds`);
  await schedule.unpause();
});

test('a pass that the schedule starts does its work', async () => {
  await schedule.trigger();
  const { workflowId, result } = await firstPass();
  assert.match(workflowId, /^watch:t\w+:local-\d{4}-/);
  assert.deepEqual([result.items, result.overdue, result.findings, result.postponed], [2, 0, [], 0]);
});

test('run goes one round now, and says what was told and what was not', async () => {
  const { code, document } = await caller.ask('watch', ['run'], { file });
  assert.equal(code, 0, JSON.stringify(document));
  assert.equal(document['webhook'], true);
  const { stdout } = await caller.call('watch', ['run'], { file });
  assert.match(stdout, /^2 things expire some day, 0 of them are overdue/);
});

test('another word than these is refused', async () => {
  await assert.rejects(caller.call('watch', ['toString'], { file }), { code: 'USAGE' });
});

test('removed it is gone, and a second time there is none', async () => {
  assert.match((await caller.call('watch', ['remove'], { file })).stdout, /is removed\.$/m);
  assert.match((await caller.call('watch', ['remove'], { file })).stdout, /^There is no schedule/);
  await assert.rejects(schedule.describe());
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test(
  'the worker shows when each thing expires, and is to be renewed, to Prometheus',
  { timeout: 120_000 },
  async (t) => {
    const { address, namespace } = await testTemporal();
    const [port, prefix] = [await freePort(), `${world.prefix}-metrics`];
    const worker = start(
      process.execPath,
      [join(import.meta.dirname, '..', '..', 'worker', 'main.ts')],
      caller.folder,
      {
        PATH: process.env['PATH'],
        ...world.cloud.variables,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
        DIGDIR_TASK_QUEUE_PREFIX: prefix,
        DIGDIR_METRICS_PORT: `${port}`,
      },
    );
    t.after(async () => {
      worker.interrupt();
      await worker.ended;
    });
    await worker.said('stdout', /The worker polls/);
    const { tenant, environment, google, platform, approval } = tenantOf(world);
    const clients = { idporten: { clientId: 'any', scopes: ['idporten:dcr.read'], assertion: 'x5c' } } as const;
    const subject = { tenant, environment, organisation, google, platform, clients, approval };
    const asked = { ...subject, rotation: quickRotation, requestedBy: 'per', pace: quickPace };
    const shown = async (): Promise<string[]> => {
      const { workflowType, args, ...options } = watchStart(asked, randomUUID());
      await world.client.workflow.execute(workflowType, { ...options, args: [...args], taskQueue: prefix });
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return metrics.split('\n').filter((line) => line.startsWith('digdir_'));
    };
    const lines = await shown();
    assert.equal(lines.length, 4, lines.join('\n'));
    const isOfKey = (one: string) => one.startsWith('digdir_renewal') && one.includes('client-key');
    const line = lines.find(isOfKey) ?? '';
    for (const label of [
      `tenant="${tenant}"`,
      'environment="local"',
      'item="dev/team/soknad/idporten"',
      'owner="team"',
    ]) {
      assert.ok(line.includes(label), line);
    }
    const at = Number(line.split(' ').at(-1));
    assert.ok(at > Date.now() / 1000 && at < Date.now() / 1000 + 366 * 86_400, line);
    await provision(world, clientName(world, 'soknad'), { kind: 'delete' });
    assert.match((await shown()).find(isOfKey) ?? '', / NaN$/);
  },
);
