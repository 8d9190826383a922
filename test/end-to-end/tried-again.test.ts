/** What may be a change that has not arrived at Digdir is tried again: people see that, and what Digdir answered last. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { decide, organisation, register, startOnboarding, statusWhen, submitKey } from '../onboarding.ts';
import { newRequest, quick } from '../workflows/support.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let world: TestWorld;
let desk: Desk;
let handle: Awaited<ReturnType<typeof startOnboarding>>;
before(async () => {
  world = await startTestWorld();
  const issued: IssuedCertificate = await world.cloud.authority.issue({ organisation });
  const request = newRequest(world, issued, { client: { assertion: 'kid' }, pace: { ...quick(900), patience: 3_600 } });
  register(world.cloud, request, 'registered', issued);
  desk = await createDesk(world, request);
  await desk.tenantFile({});
  await desk.keyFile('key.p12', issued);
  handle = await startOnboarding(world, request);
  await submitKey(world, handle, issued);
  await decide(handle, { kid: 'mistyped' });
  await statusWhen(handle, ({ steps }) => steps.some(({ kind, state }) => isProof(kind) && state === 'running'));
});
after(() => world.close());

const isProof = (kind: string): boolean => kind === 'verify-assertion';

/** What `digdir status` says once an attempt was refused. */
async function statusOnceRefused(...words: readonly string[]): Promise<string> {
  for (;;) {
    const { raw } = await handle.describe();
    if (raw.pendingActivities?.some(({ lastFailure }) => lastFailure)) break;
  }
  const { code, stdout, stderr } = await desk.digdir('status', '-f', 'tenant.yaml', ...words);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** The number of the attempt that is or will be made, once it is higher than this one. */
async function attemptAfter(attempt: number): Promise<number> {
  for (;;) {
    const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
    if ((pending?.attempt ?? 0) > attempt) return pending?.attempt ?? 0;
  }
}

const minutesBetween = (one: string, other: string): number => (Date.parse(other) - Date.parse(one)) / 60_000;

test('status says since when it is tried, until when at most, and what Digdir answered to which attempt', async () => {
  const said = await statusOnceRefused();
  assert.match(
    said,
    /^ {2}tried again since \d{4}-\d\d-\d\d \d\d:\d\d UTC, until \d{4}-\d\d-\d\d \d\d:\d\d UTC at most, as a change/m,
  );
  assert.match(said, /^ {2}attempt \d+: Digdir does not know the key id \(kid\): .*kid.* \[ASSERTION_UNKNOWN_KID\]$/m);
});

test('--json has the same', async () => {
  const { clients } = JSON.parse(await statusOnceRefused('--json')) as {
    readonly clients: readonly { readonly trying?: readonly Readonly<Record<string, string | number>>[] }[];
  };
  const { attempt, code, message, since, until } = clients[0]?.trying?.[0] ?? {};
  assert.ok(Number(attempt) >= 1);
  assert.equal(code, 'ASSERTION_UNKNOWN_KID');
  assert.match(String(message), /^Maskinporten answered invalid_grant: .*trace_id/);
  assert.equal(minutesBetween(String(since), String(until)), 15);
  const { steps } = await statusWhen(handle, () => true);
  assert.equal(since, steps.find(({ kind }) => isProof(kind))?.startedAt, 'the first attempt, not the last');
});

test('the page of the run says so too, and where the answer is to be seen', async () => {
  const metadata = (await handle.query('__temporal_workflow_metadata')) as { readonly currentDetails?: string };
  const details = metadata.currentDetails ?? '';
  assert.match(details, /^- \*\*Since:\*\* .* UTC$/m);
  assert.match(details, /^- \*\*Until:\*\*.* UTC at most/m);
  assert.match(details, /Pending Activities/);
  assert.ok(details.includes(`digdir status --workflow '${handle.workflowId}'`), details);
});

test('who follows the run is told too, once', async () => {
  const words = ['--key-file', 'key.p12', '--passphrase-file', 'passphrase'];
  const following = desk.run(['onboard', '-f', 'tenant.yaml', ...words]);
  await following.said(/\[ASSERTION_UNKNOWN_KID\]/);
  const attempt = await attemptAfter(0);
  await attemptAfter(attempt);
  await handle.cancel();
  const { stderr } = await following.ended;
  assert.match(stderr, /registration: tried again since .*at most/);
  assert.equal(stderr.match(/: attempt \d+: .*\[ASSERTION_UNKNOWN_KID\]/g)?.length, 1, stderr);
});
