/** The watch: every step is given once, nothing that fails holds up the rest, and what is due is renewed. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { credentialsSecretName, oauthClientWorkflowId } from '../../domain/client-names.ts';
import { readRecord, writeRecord } from '../../domain/client-record.ts';
import type { Ladders } from '../../domain/expiry.ts';
import { adminClientWorkflowId, sameResource } from '../../domain/names.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OperationEnd, ProvisioningResult } from '../../domain/provisioning.ts';
import { rotationType } from '../../domain/rotation.ts';
import { expiryStart, watchSecretName, watchStart } from '../../domain/watch.ts';
import type { WatchRequest, WatchResult } from '../../domain/watch.ts';
import { openDigdiratorWorld } from '../digdirator-world.ts';
import { organisation, quickPace, statusWhen } from '../onboarding.ts';
import { adminScopes, apply, clientAt, clientName, onboardAdminClient, provision, tenantOf } from '../provisioning.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import { quickRotation } from '../rotation.ts';
import { startWebhook } from '../webhook.ts';
import type { Webhook } from '../webhook.ts';
import { startTestWorld } from '../world.ts';
import type { WorldWithWorker } from '../world.ts';
import { ownerOf } from './support.ts';

let webhook: Webhook;
let world: WorldWithWorker;
let owner: ReturnType<typeof ownerOf>;
let client: OAuthClientName;
let applied: OperationEnd;
before(async () => {
  webhook = await startWebhook();
  world = await startTestWorld({ variables: { DIGDIR_NOTICE_WEBHOOK: webhook.url } });
  owner = ownerOf(world);
  await onboardAdminClient(world);
  client = clientName(world, 'soknad');
  applied = await apply(world, client);
});
after(async () => {
  await owner.close();
  await world.close();
  await webhook.close();
});
afterEach(() => {
  webhook.answer();
  world.cloud.calls.disturb();
});

/** Each test has steps of its own, so that to it nothing was given yet. */
let round = 0;
beforeEach(() => {
  round += 1;
  webhook.received.length = 0;
});

const year = 366 * 86_400;
/** Ladders whose steps were all reached, the last of them latest. */
const reached = (...steps: readonly string[]): Ladders => {
  const rungs = steps.map((step, index) => ({ step: `${step}-${round}`, seconds: 9 * year - index }));
  return { certificate: { rungs, expired: 'daily' }, key: { rungs, expired: 'once' } };
};

function request(changes: Partial<WatchRequest> = {}): WatchRequest {
  const { tenant, environment, google, platform, approval } = tenantOf(world);
  const admin = world.cloud.digdir.inspect().clients[0]?.client.client_id ?? '';
  const clients = { idporten: { clientId: admin, scopes: adminScopes.idporten, assertion: 'x5c' } } as const;
  const subject = { tenant, environment, organisation, google, platform, clients, approval };
  const asked = { ...subject, rotation: quickRotation, requestedBy: 'per', pace: { ...quickPace, attempt: 5_000 } };
  return { ...asked, ladders: reached('first'), ...changes };
}

async function pass(changes: Partial<WatchRequest> = {}): Promise<WatchResult> {
  const { workflowType, args, ...start } = watchStart(request(changes), randomUUID());
  const options = { ...start, args: [...args], taskQueue: world.prefix };
  return (await world.client.workflow.execute(workflowType, options)) as WatchResult;
}

const outcomes = ({ notices }: WatchResult) => notices.map(({ outcome }) => outcome);
const stepsOf = ({ notices }: WatchResult) => notices.map(({ id }) => id.slice(id.lastIndexOf(':') + 1));
const keptVersions = () =>
  world.cloud.google
    .inspect()
    .secrets.find(({ name }) => sameResource(name, watchSecretName(tenantOf(world).google, request())))?.versions ?? [];

test('each step is given once, also by another worker, and a later step is given in its turn', async () => {
  const first = await pass();
  assert.deepEqual([outcomes(first), first.findings], [['delivered', 'delivered'], []]);
  const versions = keptVersions().length;
  assert.deepEqual(outcomes(await pass()), []);
  await world.restartWorker();
  assert.deepEqual(outcomes(await pass()), []);
  assert.equal(keptVersions().length, versions, 'a pass that tells nothing keeps nothing');
  const later = await pass({ ladders: reached('first', 'second') });
  assert.deepEqual(stepsOf(later), [`second-${round}`, `second-${round}`]);
  await world.restartWorker();
  assert.deepEqual(outcomes(await pass({ ladders: reached('first', 'second') })), []);
  const ids = webhook.received.map(({ id }) => id);
  assert.equal(new Set(ids).size, 4);
  assert.equal(ids.length, 4);
});

test('what was given is forgotten once its item is gone', async () => {
  const other = clientName(world, 'kort');
  await apply(world, other);
  await pass();
  const size = () => keptVersions().at(-1)?.payload?.length ?? 0;
  const before = size();
  await provision(world, other, { kind: 'delete' });
  assert.deepEqual(outcomes(await pass()), []);
  assert.ok(size() < before, `${size()} bytes after ${before}`);
});

test('what could not be seen for once is not forgotten', async () => {
  const digdirator = await openDigdiratorWorld(world.cloud, organisation, 'etat');
  const left = await digdirator.idportenClient({ cluster: 'prod', namespace: 'team', name: 'fremmed' });
  const first = await pass();
  assert.ok(first.notices.some(({ id }) => id.includes(`unmanaged-key:${left.id}:`)));
  world.cloud.calls.disturb({ before: ({ system }) => (system === 'self-service' ? 'refuse' : 'none') });
  const blind = await pass();
  assert.deepEqual([outcomes(blind), blind.findings.map(({ code }) => code)], [[], ['EXPIRY_UNSEEN']]);
  world.cloud.calls.disturb();
  assert.deepEqual(outcomes(await pass()), []);
  assert.equal((await digdirator.call('DELETE', `/clients/${left.id}`)).status, 204);
});

test('one client whose keys cannot be read hides those of no other', async () => {
  const digdirator = await openDigdiratorWorld(world.cloud, organisation, 'annen');
  const left = await digdirator.idportenClient({ cluster: 'prod', namespace: 'team', name: 'fremmed' });
  const clients = world.cloud.digdir.inspect().clients.filter(({ client: { active } }) => active).length;
  let calls = 0;
  // The first one is the admin client, whose keys nobody asks for in vain: it has none.
  const isFirst = ({ method }: { method: string }) => method.endsWith('/jwks') && calls++ % clients === 0;
  world.cloud.calls.disturb({ before: (call) => (isFirst(call) ? 'refuse' : 'none') });
  const result = await pass();
  assert.deepEqual(
    result.findings.map(({ code }) => code),
    ['EXPIRY_UNSEEN'],
  );
  assert.ok(result.notices.some(({ id }) => id.includes(`unmanaged-key:${left.id}:`)));
  assert.equal((await digdirator.call('DELETE', `/clients/${left.id}`)).status, 204);
});

test(
  'a call that is never answered holds a pass up for one attempt, and is made again',
  { timeout: 45_000 },
  async () => {
    const over = Promise.withResolvers<'none'>();
    let isHeld = false;
    world.cloud.calls.disturb({
      before({ method }) {
        if (method !== 'GET /api/v1/clients' || isHeld) return 'none';
        isHeld = true;
        return over.promise;
      },
    });
    try {
      assert.deepEqual((await pass()).findings, []);
    } finally {
      over.resolve('none');
    }
  },
);

test('what an attempt could not see because it was called off is no finding', async () => {
  const held = Promise.withResolvers<void>();
  const over = Promise.withResolvers<'none'>();
  let asked = 0;
  world.cloud.calls.disturb({
    before({ method }) {
      if (method !== 'GET /api/v1/clients') return 'none';
      asked += 1;
      // From the fourth attempt on, what cannot be seen is told.
      if (asked < 4) return 'refuse';
      held.resolve();
      return over.promise;
    },
  });
  const { workflowType, args, ...start } = expiryStart(request(), randomUUID());
  const handle = await world.client.workflow.start(workflowType, {
    ...start,
    args: [...args],
    taskQueue: world.prefix,
  });
  try {
    await held.promise;
    await handle.cancel();
    await assert.rejects(handle.result(), WorkflowFailedError);
  } finally {
    over.resolve('none');
  }
});

test('a notice says whose it is, until when, and what to do, and Slack can show it', async () => {
  await pass();
  const notice = webhook.received.find(({ kind }) => kind === 'client-key');
  assert.deepEqual([notice?.owner, notice?.remedy, notice?.state], ['team', 'digdir rotate-key team/soknad', 'valid']);
  assert.match(notice?.text ?? '', /key \S+ of team\/soknad \(idporten\) expires in \d+ days, on \d{4}-\d\d-\d\d/);
  assert.equal(notice?.id, `${world.tenant}:local:${notice?.item}:${notice?.expires}:first-${round}`);
});

test('a notice that the webhook fails to take is tried again, holds up no other, and is given at the next pass', async () => {
  const fails = 'client-key';
  webhook.answer(({ kind }) => ({ status: kind === fails ? 500 : 200 }));
  const first = await pass();
  const ends = Object.fromEntries(first.notices.map(({ id, outcome, code }) => [id.split(':')[2], [outcome, code]]));
  assert.deepEqual(ends, { certificate: ['delivered', undefined], [fails]: ['undelivered', 'NOTICE_UNDELIVERED'] });
  assert.equal(webhook.received.filter(({ kind }) => kind === fails).length, 5);
  webhook.answer();
  const second = await pass();
  assert.deepEqual(
    second.notices.map(({ id, outcome }) => [id.split(':')[2], outcome]),
    [[fails, 'delivered']],
  );
  const ids = new Set(webhook.received.filter(({ kind }) => kind === fails).map(({ id }) => id));
  assert.equal(ids.size, 1, 'under the id that it had');
});

test('a webhook that asks for time is given it', async () => {
  const asked = new Set<string>();
  webhook.answer(({ id }) => {
    if (asked.has(id)) return { status: 200 };
    asked.add(id);
    return { status: 429, headers: { 'retry-after': '1' } };
  });
  assert.deepEqual(outcomes(await pass()), ['delivered', 'delivered']);
  assert.equal(webhook.received.length, 4);
});

test('a webhook that refuses is asked once each, and its address is told to nobody', async () => {
  webhook.answer(() => ({ status: 404 }));
  const result = await pass();
  assert.deepEqual(outcomes(result), ['undelivered', 'undelivered']);
  assert.equal(webhook.received.length, 2);
  assert.doesNotMatch(JSON.stringify([result, world.audit]), /secret-part-of-the-address/);
});

test('without a webhook the audit log has the notices, which are sent once there is one', async () => {
  await world.restartWorker({});
  const logged = world.audit.length;
  const first = await pass();
  assert.deepEqual([outcomes(first), first.webhook], [['logged', 'logged'], false]);
  const entries = world.audit.slice(logged).filter((entry) => 'event' in entry && entry.event === 'expiry-notice');
  assert.equal(entries.length, 2);
  assert.deepEqual(outcomes(await pass()), []);
  await world.restartWorker();
  assert.deepEqual(outcomes(await pass()), ['delivered', 'delivered']);
  assert.deepEqual(outcomes(await pass()), []);
});

test('where it cannot be kept what was given, people are told all the same, and once more the next time', async () => {
  await pass();
  const isWrite = ({ system, method }: { system: string; method: string }) =>
    system === 'secret-manager' && method === 'AddSecretVersion';
  world.cloud.calls.disturb({ before: (call) => (isWrite(call) ? 'refuse' : 'none') });
  const { pace } = request();
  const changes = { ladders: reached('first', 'second'), pace: { ...pace, patience: 2 } };
  const first = await pass(changes);
  assert.deepEqual(outcomes(first), ['delivered', 'delivered']);
  assert.deepEqual(
    first.findings.map(({ code }) => code),
    ['WATCH_NOT_KEPT'],
  );
  world.cloud.calls.disturb();
  const second = await pass(changes);
  assert.deepEqual([outcomes(second), second.findings], [['delivered', 'delivered'], []]);
});

/** Has our record say that the client's key was made two years ago: two thirds of its life are over. */
async function age(): Promise<void> {
  const name = credentialsSecretName(tenantOf(world).google, client);
  const [secret] = await owner.secrets.getSecret({ name });
  const record = readRecord(secret.labels ?? {}, secret.annotations ?? {});
  if (typeof record === 'string') throw new Error(record);
  const created = new Date(Date.now() - 2 * year * 1000).toISOString();
  const keys = record.keys.map((key) => (key.role === 'current' ? { ...key, created } : key));
  const { annotations } = writeRecord({ ...record, keys });
  await owner.secrets.updateSecret({ secret: { name, annotations }, updateMask: { paths: ['annotations'] } });
}

const kids = () => clientAt(world, applied.clientId).keys.map(({ kid }) => kid);

test('a key whose time has come is rotated, once, though the webhook is away', async () => {
  webhook.answer(() => ({ status: 500 }));
  const before = kids();
  await age();
  const first = await pass();
  assert.deepEqual([first.overdue, first.renewals.map(({ outcome }) => outcome)], [1, ['started']]);
  const handle = world.client.workflow.getHandle(oauthClientWorkflowId(client));
  const { ends } = (await handle.result()) as ProvisioningResult;
  assert.deepEqual(
    ends.map(({ operation, outcome }) => [operation, outcome]),
    [['rotate-key', 'applied']],
  );
  assert.equal(kids().length, before.length + 1);
  const second = await pass();
  assert.deepEqual([second.overdue, second.renewals], [0, []]);
});

test('a renewal that was asked for twice renews once', async () => {
  const before = kids().length;
  await age();
  await Promise.all([pass(), pass()]);
  const handle = world.client.workflow.getHandle(oauthClientWorkflowId(client));
  await handle.result();
  assert.equal(kids().length, before + 1);
});

test('of a certificate whose renewal is due the rotation is started, once, and waits for the new one', async () => {
  const changes = { renewBefore: 9 * year };
  const first = await pass(changes);
  assert.deepEqual(
    first.renewals.map(({ item, outcome }) => [item, outcome]),
    [['certificate:idporten', 'started']],
  );
  assert.ok(outcomes(first).every((outcome) => outcome === 'delivered'));
  const { tenant } = world;
  const handle = world.client.workflow.getHandle(
    adminClientWorkflowId({ tenant, environment: 'local', kind: 'idporten' }),
  );
  const { type } = await handle.describe();
  assert.equal(type, rotationType);
  await statusWhen(handle, ({ awaiting }) => awaiting?.what === 'certificate');
  const second = await pass(changes);
  assert.deepEqual(
    second.renewals.map(({ outcome }) => outcome),
    ['running'],
  );
  await handle.executeUpdate(withdrawUpdate, { args: [{ by: 'per', reason: 'not now' }] });
  await handle.result();
});

test('an input that is wrong, or of another id, is refused', async () => {
  const start = watchStart(request(), randomUUID());
  const run = async (args: unknown[], workflowId: string = start.workflowId) => {
    const handle = await world.client.workflow.start('watch', { workflowId, args, taskQueue: world.prefix });
    return await handle.result().then(
      () => 'no failure',
      (error: Error) => (error.cause as { type?: string } | undefined)?.type,
    );
  };
  assert.equal(await run([{ ...request(), webhook: 'https://elsewhere.example.no' }]), 'FIELD_UNKNOWN');
  assert.equal(await run([undefined], `watch:${randomUUID()}`), 'FIELD_MISSING');
  assert.equal(await run([request()], `watch:another:${randomUUID()}`), 'WORKFLOW_ID_MISMATCH');
});
