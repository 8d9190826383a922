/** What keeps being refused and is tried again for an application's client: who follows the run and who asks see it. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, test } from 'node:test';
import { oauthClientWorkflowId } from '../../domain/client-names.ts';
import type { Call } from '../../local/calls.ts';
import { clientName, onboardAdminClient } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { application, createCaller } from './client-call.ts';
import type { Called, Caller } from './client-call.ts';

let world: TestWorld;
let caller: Caller;
let applying: Promise<Called>;
const heard: string[] = [];
const lines = new EventEmitter();

before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  caller = await createCaller(world);
  const file = await caller.write('soknad.yaml', application('soknad'));
  world.cloud.calls.disturb({ before: (call) => (isGrant(call) ? 'refuse' : 'none') });
  applying = caller.call('apply', [], { file: [file] }, (line) => {
    heard.push(line);
    lines.emit('line');
  });
  await Promise.race([refusedThrice(), applying]);
});
after(() => world.close());

const isGrant = ({ system, method }: Call): boolean => system === 'maskinporten' && method.startsWith('POST ');

const handle = () => world.client.workflow.getHandle(oauthClientWorkflowId(clientName(world, 'soknad')));

/** Once three attempts of the same were refused. */
async function refusedThrice(): Promise<void> {
  for (;;) {
    const found = await handle()
      .describe()
      .catch(() => undefined);
    if (found?.raw.pendingActivities?.some(({ attempt, lastFailure }) => lastFailure && (attempt ?? 0) > 3)) return;
  }
}

const period = /tried again since \d{4}-\d\d-\d\d \d\d:\d\d UTC, until \d{4}-\d\d-\d\d \d\d:\d\d UTC at most$/m;
const refusal = /attempt \d+: Digdir does not answer: .* \[DIGDIR_UNAVAILABLE\]$/m;

test('status says since when it is tried, until when at most, and what was answered last', async () => {
  const { stdout } = await caller.call('status', ['team/soknad']);
  assert.match(stdout, period);
  assert.match(stdout, refusal);
});

test('--json has the same', async () => {
  const { document } = await caller.ask('status', ['team/soknad']);
  const { trying } = document['run'] as { readonly trying?: readonly Readonly<Record<string, string | number>>[] };
  const { activity, attempt, code, since, until } = trying?.[0] ?? {};
  assert.deepEqual([activity, code], ['planClient', 'DIGDIR_UNAVAILABLE']);
  assert.ok(Number(attempt) >= 3, `attempt ${attempt}`);
  assert.equal(Date.parse(String(until)) - Date.parse(String(since)), 86_400_000, 'as long as the run has patience');
  const { events } = await handle().fetchHistory();
  const scheduled = events?.find(({ activityTaskScheduledEventAttributes: one }) => one)?.eventTime;
  const first = Number(scheduled?.seconds) * 1000 + Math.floor((scheduled?.nanos ?? 0) / 1e6);
  assert.equal(Date.parse(String(since)), first, 'the first attempt, not the last');
});

test('who follows the run is told too, once', async () => {
  while (!refusal.test(heard.join('\n'))) await Promise.race([once(lines, 'line'), ended()]);
  world.cloud.calls.disturb();
  const { code, stderr } = await applying;
  assert.equal(code, 0, stderr);
  assert.equal(stderr.match(new RegExp(period, 'gm'))?.length, 1, stderr);
  assert.equal(stderr.match(new RegExp(refusal, 'gm'))?.length, 1, stderr);
});

const ended = async (): Promise<never> => assert.fail(`It ended before it said so: ${(await applying).stderr}`);
