/** Several requests for one client: a single run is at work, the newest declaration wins, and every caller is told the truth. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { ask, endOf } from '../../client/provision.ts';
import type { Asked } from '../../client/provision.ts';
import { oauthClientWorkflowId } from '../../domain/client-names.ts';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { clientStatusQuery, provisionUpdate } from '../../workflows/messages.ts';
import { apply, clientAt, clientName, onboardAdminClient, provision, requestOf, specOf } from '../provisioning.ts';
import { testTemporal } from '../environment.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { failed } from './support.ts';

let world: TestWorld;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
});
after(() => world.close());

const askFor = (client: OAuthClientName, clientTitle: string): Promise<Asked> =>
  ask(
    world.client,
    world.prefix,
    requestOf(world, client, { kind: 'apply', spec: specOf(client.name, { clientName: clientTitle }) }),
  );

const nameAt = (end: OperationEnd) => clientAt(world, end.clientId).client.client_name;

/** Resolves once the run carries out a step of this kind. */
async function stepRuns({ handle }: Asked, kind: string): Promise<void> {
  for (;;) {
    const { steps, phase } = await handle.query(clientStatusQuery);
    if (steps.some((step) => step.kind === kind)) return;
    assert.notEqual(phase, 'ended', `${kind} did not run`);
  }
}

test('of declarations that come while another is carried out the newest counts, and each caller hears what became of theirs', async () => {
  const client = clientName(world);
  const first = await askFor(client, 'first');
  await stepRuns(first, 'open-record');
  const others = [await askFor(client, 'second'), await askFor(client, 'third'), await askFor(client, 'fourth')];
  assert.deepEqual(
    [first, ...others].map(({ runId, sequence }) => [runId, sequence]),
    [1, 2, 3, 4].map((sequence) => [first.runId, sequence]),
  );
  const ends = await Promise.all([first, ...others].map(endOf));
  assert.deepEqual(
    ends.map(({ outcome, supersededBy }) => [outcome, supersededBy]),
    [
      ['applied', undefined],
      ['superseded', 3],
      ['superseded', 4],
      ['applied', undefined],
    ],
  );
  assert.equal(nameAt(ends[3] ?? assert.fail()), 'fourth');
  const marked = world.cloud.digdir.inspect().clients.filter((one) => one.client.description.endsWith(client.name));
  assert.equal(marked.length, 1);
});

test('many callers at once: one writer, and the newest that the server took is what is there in the end', async () => {
  const client = clientName(world);
  const { address } = await testTemporal();
  const connections = await Promise.all(Array.from({ length: 4 }, () => Connection.connect({ address })));
  const { namespace, dataConverter } = world.client.options;
  const clients = connections.map((connection) => new Client({ connection, namespace, dataConverter }));
  const asked = await Promise.all(
    clients.flatMap((temporal, caller) =>
      [1, 2, 3].map(async (number) => {
        const title = `caller ${caller}, ${number}`;
        const operation = { kind: 'apply', spec: specOf(client.name, { clientName: title }) } as const;
        return { title, ...(await ask(temporal, world.prefix, requestOf(world, client, operation))) };
      }),
    ),
  );
  const ends = await Promise.all(asked.map(async (one) => ({ ...one, end: await endOf(one) })));
  for (const { end } of ends) assert.match(end.outcome, /^(applied|superseded)$/, end.message);
  const started = await Promise.all(
    ends.map(async (one) => ({ ...one, started: (await one.handle.describe()).startTime.getTime() })),
  );
  const newest = started.toSorted((one, other) => one.started - other.started || one.sequence - other.sequence).at(-1);
  assert.equal(newest?.end.outcome, 'applied');
  assert.equal(nameAt(newest.end), newest.title);
  await Promise.all(connections.map((connection) => connection.close()));
});

test('a request that comes while a run is ending is carried out by it or by the next', async () => {
  const client = clientName(world);
  await apply(world, client);
  for (let round = 1; round <= 15; round += 1) {
    const early = await askFor(client, `early ${round}`);
    await stepRuns(early, 'write-record');
    const late = await askFor(client, `late ${round}`);
    const [earlyEnd, lateEnd] = [await endOf(early), await endOf(late)];
    assert.equal(earlyEnd.outcome, 'applied', earlyEnd.message);
    assert.equal(lateEnd.outcome, 'applied', lateEnd.message);
    assert.equal(nameAt(lateEnd), `late ${round}`);
  }
});

test('a removal takes the place of declarations before it; what comes after is carried out', async () => {
  const client = clientName(world);
  const first = await askFor(client, 'first');
  await stepRuns(first, 'open-record');
  const second = await askFor(client, 'second');
  const removal = await ask(world.client, world.prefix, requestOf(world, client, { kind: 'delete' }));
  const [one, two, three] = [await endOf(first), await endOf(second), await endOf(removal)];
  assert.deepEqual([one.outcome, two.outcome, three.outcome], ['applied', 'superseded', 'applied']);
  assert.equal(clientAt(world, one.clientId).client.active, false);
});

test('the same request, sent again, is one request', async () => {
  const client = clientName(world);
  const request = requestOf(world, client, { kind: 'apply', spec: specOf(client.name) });
  const asked = [await ask(world.client, world.prefix, request), await ask(world.client, world.prefix, request)];
  assert.deepEqual(
    asked.map(({ sequence }) => sequence),
    [1, 1],
  );
  const end = await endOf(asked[1] ?? assert.fail());
  assert.equal(end.outcome, 'applied');
});

test('a start without its update carries its request out all the same', async () => {
  const client = clientName(world);
  const request = requestOf(world, client, { kind: 'apply', spec: specOf(client.name) });
  const handle = await world.client.workflow.start('provisioning', {
    workflowId: oauthClientWorkflowId(client),
    taskQueue: world.prefix,
    args: [request],
  });
  const { ends } = (await handle.result()) as { ends: OperationEnd[] };
  assert.deepEqual(
    ends.map(({ outcome }) => outcome),
    ['applied'],
  );
});

test('whatever else is sent or started is refused with its reason, and stalls nothing', async () => {
  const client = clientName(world);
  const first = await askFor(client, 'first');
  const elsewhere = requestOf(world, clientName(world), { kind: 'delete' });
  for (const message of [
    undefined,
    null,
    'apply',
    7,
    [],
    {},
    { id: 'x' },
    { ...elsewhere, operation: {} },
    elsewhere,
  ]) {
    await assert.rejects(first.handle.executeUpdate(provisionUpdate, { args: [message] }));
  }
  assert.equal((await endOf(first)).outcome, 'applied');
  for (const [input, code] of [
    [undefined, 'FIELD_INVALID'],
    [{ ...elsewhere, pace: {} }, 'FIELD_MISSING'],
    [elsewhere, 'WORKFLOW_ID_MISMATCH'],
  ] as const) {
    const workflowId = `oauth-client:${randomUUID()}`;
    const handle = await world.client.workflow.start('provisioning', {
      workflowId,
      taskQueue: world.prefix,
      args: input === undefined ? [] : [input],
    });
    assert.match((await failed(handle)).code, new RegExp(`${code}|FIELD_MISSING`));
  }
});

test('what the strict check finds is told in the answer, all of it, and nothing is made', async () => {
  const client = clientName(world);
  const spec = specOf(client.name, {
    redirectUris: ['http://example.no/x#y'],
    postLogoutRedirectUris: ['nowhere'],
    scopes: ['openid'],
  });
  const end = await provision(world, client, { kind: 'apply', spec });
  assert.equal(end.outcome, 'refused');
  assert.ok((end.findings ?? []).length >= 2, JSON.stringify(end.findings));
  assert.equal(end.steps.length, 0);
});

test('nothing is done for a client that was never declared', async () => {
  for (const operation of [{ kind: 'rotate-key' }, { kind: 'acknowledge' }, { kind: 'delete' }] as const) {
    const end = await provision(world, clientName(world), operation);
    assert.deepEqual([end.outcome, end.code], ['refused', 'CLIENT_UNKNOWN']);
  }
});
