/** What is planted in a real Temporal server is found again, by the database or by the codec; what is not, is not. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { CompleteAsyncError } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startTemporal } from '../../local/temporal/server.ts';
import { watchingCodec } from './codec.ts';
import { forms } from './forms.ts';
import { createNeedles } from './needles.ts';
import { scanPlaces, scanWorld } from './places.ts';
import type { PlacedFind } from './places.ts';
import { asked, detailed, failed, given, planting, refused, told } from './planting-workflow.ts';
import { secretsOfKey } from './secrets.ts';
import type { Secret } from './secrets.ts';

const { PENDING_ACTIVITY_STATE_STARTED } = proto.temporal.api.enums.v1.PendingActivityState;

Runtime.install({ logger: new DefaultLogger('ERROR') });

const der = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' });
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const text = (form: string, key: KeyObject): string => forms[form]?.(der(key)).toString() ?? '';

/** As an argument of a workflow. */
const asArgument: Readonly<Record<string, (key: KeyObject) => unknown>> = {
  'a Buffer': der,
  'a nested Buffer': (key) => ({ key: der(key) }),
  'a nested Uint8Array': (key) => ({ key: new Uint8Array(der(key)) }),
  PEM: pem,
  'base64 of PEM': (key) => Buffer.from(pem(key)).toString('base64'),
  'a nested Buffer of PEM': (key) => ({ key: Buffer.from(pem(key)) }),
  base64: (key) => text('base64', key),
  base64url: (key) => text('base64url', key),
  'lower-case hex': (key) => text('lower-case hex', key),
  'upper-case hex': (key) => text('upper-case hex', key),
  'a JWK': (key) => key.export({ format: 'jwk' }),
  'a JWK in a text': (key) => ({ cause: JSON.stringify(key.export({ format: 'jwk' })) }),
};

/** By another way than an argument. */
const otherWays: Readonly<Record<string, (key: KeyObject, handle: WorkflowHandle) => Promise<unknown>>> = {
  'a memo': (key) => start(undefined, { memo: { key: pem(key) } }),
  'static details': (key) => start(undefined, { staticDetails: pem(key) }),
  'the current details': (key, handle) => handle.executeUpdate(detailed, { args: [pem(key)] }),
  'a signal': (key, handle) => handle.signal(told, { key: der(key) }),
  'an update and its result': (key, handle) => handle.executeUpdate(given, { args: [der(key)] }),
  'a failure message': (key, handle) => failWith(handle, `cannot read ${pem(key)}`),
  'the details of a failure': (key, handle) => failWith(handle, 'cannot read', der(key)),
  'the result of an activity': answerWith,
  'the heartbeat of a running activity': beat,
};

/** What leaves no trace in the database. */
const passingWays: Readonly<Record<string, (key: KeyObject, handle: WorkflowHandle) => Promise<unknown>>> = {
  'a query and its result': (key, handle) => handle.query(asked, der(key)),
  'a refused update': (key, handle) =>
    assert.rejects(handle.executeUpdate(refused, { args: [{ key: der(key) }] }), { name: 'WorkflowUpdateFailedError' }),
};

const taskQueue = 'planting';
const plants = new Map<string, Secret[]>();
const everywhere = createNeedles();
const codec = watchingCodec(() => everywhere);
let answers: unknown;
let client: Client;
let folder: string;
let inDatabase: PlacedFind[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digdir-key-scan-'));
  const temporal = await startTemporal({ folder: join(folder, 'temporal') });
  const { address, namespace } = temporal;
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const dataConverter = { payloadCodecs: [codec] };
  client = new Client({ connection, namespace, dataConverter });
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    dataConverter,
    workflowsPath: join(import.meta.dirname, 'planting-workflow.ts'),
    activities: {
      answer: () => answers,
      leaveOpen: () => {
        throw new CompleteAsyncError();
      },
    },
  });
  try {
    await worker.runUntil(plantAll);
  } finally {
    await Promise.all([connection.close(), native.close()]);
    await temporal.close();
  }
  const { database, log } = temporal;
  inDatabase = await scanPlaces({ database, files: [log] }, [...plants.values()].flat());
});
after(async () => await rm(folder, { recursive: true }));

async function plantAll(): Promise<void> {
  await Promise.all(
    Object.entries(asArgument).map(async ([name, write]) => await start(write(newKey(`as an argument: ${name}`)))),
  );
  for (const [name, plant] of Object.entries({ ...otherWays, ...passingWays })) {
    await plant(newKey(name), await start(undefined));
  }
  newKey('nowhere');
}

/** Small keys do: what is looked for is the same. */
function newKey(name: string): KeyObject {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  plants.set(name, secretsOfKey(privateKey));
  everywhere.add(secretsOfKey(privateKey));
  return privateKey;
}

function start(argument: unknown, options: object = {}): Promise<WorkflowHandle> {
  const workflowId = randomUUID();
  return client.workflow.start(planting, { taskQueue, workflowId, args: [argument], ...options });
}

/** Resolves when the first activity has answered, and the second one is running. */
async function openActivity(handle: WorkflowHandle): Promise<string> {
  for (;;) {
    const { raw } = await handle.describe();
    const open = raw.pendingActivities?.find(
      ({ activityType, state }) => activityType?.name === 'leaveOpen' && state === PENDING_ACTIVITY_STATE_STARTED,
    );
    if (open?.activityId) return open.activityId;
    await setTimeout(20);
  }
}

async function answerWith(key: KeyObject): Promise<void> {
  answers = der(key);
  await openActivity(await start(undefined));
  answers = undefined;
}

async function failWith(handle: WorkflowHandle, message: string, details?: unknown): Promise<void> {
  await handle.signal(failed, message, details);
  await assert.rejects(handle.result(), { name: 'WorkflowFailedError' });
}

async function beat(key: KeyObject, handle: WorkflowHandle): Promise<void> {
  const activityId = await openActivity(handle);
  await client.activity.heartbeat({ workflowId: handle.workflowId, activityId }, { key: der(key) });
}

const shows = (finds: readonly PlacedFind[], name: string): boolean => {
  const names = new Set(plants.get(name)?.map((secret) => secret.name));
  return finds.some(({ secret }) => names.has(secret));
};

describe('the database shows what was planted', () => {
  for (const name of Object.keys(asArgument)) {
    test(`as an argument: ${name}`, () => assert.ok(shows(inDatabase, `as an argument: ${name}`)));
  }
  for (const name of Object.keys(otherWays)) test(name, () => assert.ok(shows(inDatabase, name)));
});

describe('the codec shows what passed', () => {
  for (const name of Object.keys(passingWays)) test(name, () => assert.ok(shows(codec.finds, name)));
  for (const name of ['as an argument: a Buffer', 'a memo', 'a signal', 'the details of a failure']) {
    test(name, () => assert.ok(shows(codec.finds, name)));
  }
});

test('what left no trace, and what was planted nowhere, is not found', () => {
  for (const name of ['nowhere', ...Object.keys(passingWays)]) assert.equal(shows(inDatabase, name), false, name);
  assert.equal(shows(codec.finds, 'nowhere'), false);
});

test("a world's folder is searched for databases, logs and output at once", async () => {
  const [secrets = []] = plants.values();
  const finds = await scanWorld(folder, secrets, {
    stdout: secrets.map(({ bytes }) => Buffer.from(bytes).toString('hex')).join('\n'),
  });
  assert.ok(finds.some(({ place }) => place === 'stdout'));
  assert.ok(finds.some(({ place }) => place.endsWith('temporal.db')));
  assert.ok(finds.some(({ place }) => place.startsWith('table ')));
  await assert.rejects(scanWorld(tmpdir() + randomUUID(), secrets), /no Temporal database/);
});
