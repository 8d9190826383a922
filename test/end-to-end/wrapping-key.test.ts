/** The command wraps a key only for the import job that it expects, with the public key that KMS itself gives. */
import assert from 'node:assert/strict';
import { constants, createPublicKey, generateKeyPairSync, privateDecrypt, X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import type { CertificateChain } from '../../domain/certificate.ts';
import { importJobName, keyRingName, lastPart, locationName } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { asCaller } from '../../local/grpc/as-caller.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import type { WrappedKeySubmission } from '../../workflows/messages.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { startHostileImporter, startHostileWorkflow } from './hostile-workers.ts';
import type { HostileWorkers, Lie } from './hostile-workers.ts';
import { stolenQuery } from './hostile-workflow.ts';
import type { Bait } from './hostile-workflow.ts';
import { callOnboard, prepareCase } from './onboard-call.ts';
import type { Case } from './onboard-call.ts';

const DAY = 24 * 60 * 60 * 1000;

let world: TestWorld;
let owner: KeyManagementServiceClient;
let importer: HostileWorkers;
/** How far the cloud's clock is ahead of the real one. */
let offset = 0;
/** By tenant. */
const lies = new Map<string, Lie>();

before(async () => {
  world = await startTestWorld({ clock: () => new Date(Date.now() + offset) });
  world.cloud.google.bind('user:mallory@example.org', 'roles/owner');
  owner = new KeyManagementServiceClient(asCaller(world.cloud.google, 'mallory@example.org'));
  importer = await startHostileImporter(world, async (ready, request, chain) => {
    const lie = lies.get(request.tenant);
    return lie ? await lie(ready, request, chain) : ready.name;
  });
});
after(async () => {
  await importer.close();
  await owner.close();
  await world.close();
});

type Job = {
  readonly importMethod?: 'RSA_OAEP_3072_SHA256_AES_256' | 'RSA_OAEP_3072_SHA1_AES_256';
  readonly protectionLevel?: 'SOFTWARE' | 'HSM';
};

/** Makes an import job as somebody with all rights in the project would, and resolves to its name when it can be used. */
async function makeJob(name: string, job: Job = {}): Promise<string> {
  const parent = name.slice(0, name.indexOf('/importJobs/'));
  const importJob = { importMethod: 'RSA_OAEP_3072_SHA256_AES_256', protectionLevel: 'SOFTWARE', ...job } as const;
  await owner.createImportJob({ parent, importJobId: lastPart(name), importJob });
  for (;;) {
    const [{ state }] = await owner.getImportJob({ name });
    if (state !== 'PENDING_GENERATION') return name;
    await setTimeout(20);
  }
}

async function makeRing({ google }: OnboardingRequest, keyRing: string): Promise<string> {
  const other = { ...google, keyRing };
  await owner.createKeyRing({ parent: locationName(google), keyRingId: keyRing });
  return keyRingName(other);
}

const jobNumber = (request: OnboardingRequest, chain: CertificateChain, number: number): string =>
  importJobName(request.google, request, chain.leaf.fingerprint, number);

const untrusted: Readonly<Record<string, Lie>> = {
  'of another project': async ({ name }) => name.replace(/^projects\/[^/]+/, 'projects/mallorys-project'),
  'of another key ring': async ({ name }, request) =>
    await makeJob(`${await makeRing(request, `${request.tenant}-mallory`)}/importJobs/${lastPart(name)}`),
  'of another name in the same key ring': async (_, request) =>
    await makeJob(`${keyRingName(request.google)}/importJobs/mallory-1`),
  'of another client': async ({ name }) => await makeJob(name.replace('/maskinporten-', '/idporten-')),
  'of another certificate': async (_, request) =>
    await makeJob(importJobName(request.google, request, 'f'.repeat(64), 1)),
  'of the right name that KMS does not have': async (_, request, chain) => jobNumber(request, chain, 666),
  'of the right name, with another protection level': async (_, request, chain) =>
    await makeJob(jobNumber(request, chain, 667), { protectionLevel: 'HSM' }),
  'of the right name, with a method of SHA-1': async (_, request, chain) =>
    await makeJob(jobNumber(request, chain, 668), { importMethod: 'RSA_OAEP_3072_SHA1_AES_256' }),
};

describe('a worker that names an import job', { concurrency: 2 }, () => {
  for (const [what, lie] of Object.entries(untrusted)) {
    test(`${what}: refused, and nothing is sent`, async () => {
      const tried = await caseWith(lie);
      // Should the key be sent after all, the command leaves at the gate instead of waiting there for good.
      const options = { ...tried.options, wait: false };
      const call = await callOnboard({ ...world, prefix: importer.prefix }, { ...tried, options });
      assert.equal(await call.exitCode, 6, call.written().stderr);
      assert.equal(failureIn(call.written().stdout), 'IMPORT_JOB_UNTRUSTED');
      await assertNothingSent(tried);
    });
  }
});

test('a worker that names an expired import job: nothing is sent, its successor is waited for', async (t) => {
  t.after(() => {
    offset = 0;
  });
  const tried = await caseWith(async (_, request, chain) => {
    const job = await makeJob(jobNumber(request, chain, 669));
    offset = 4 * DAY;
    return job;
  });
  const call = await callOnboard({ ...world, prefix: importer.prefix }, tried);
  await call.said(/has expired; waiting for its successor/);
  await assertNothingSent(tried, async () => {
    const handle = world.client.workflow.getHandle(tried.workflowId);
    await handle.executeUpdate(withdrawUpdate, { args: [{ by: 'per', reason: 'nobody comes' }] });
    assert.equal(await call.exitCode, 5, call.written().stderr);
  });
});

test('a workflow that hands over a wrapping key of its own gets a key that it cannot open', async () => {
  const mallory = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const tried = await prepareCase(world);
  const google = { project: 'local-project', location: 'europe-north1', keyRing: tried.tenant } as const;
  const place = { ...google, protectionLevel: 'SOFTWARE', replication: 'automatic' } as const;
  const subject = { tenant: tried.tenant, environment: 'local', kind: 'maskinporten' } as const;
  const fingerprint = new X509Certificate(tried.issued.leaf).fingerprint256.replaceAll(':', '').toLowerCase();
  await owner.createKeyRing({ parent: locationName(place), keyRingId: tried.tenant });
  const publicKey = mallory.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const bait: Bait = { importJob: await makeJob(importJobName(place, subject, fingerprint, 1)), publicKey };

  const hostile = await startHostileWorkflow(world, () => bait);
  try {
    const call = await callOnboard({ ...world, prefix: hostile.prefix }, tried);
    assert.equal(await call.exitCode, 5, call.written().stderr);
    const stolen = await world.client.workflow.getHandle(tried.workflowId).query(stolenQuery);
    const { importJob, wrappedKey } = stolen as WrappedKeySubmission;
    const wrapped = Buffer.from(wrappedKey, 'base64');
    const opening = { key: mallory.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    assert.throws(() => privateDecrypt(opening, wrapped.subarray(0, 384)), { code: /ERR_OSSL/ });
    assert.equal(await importedKey(keyRingName(place), importJob, wrapped), spki(tried.issued.leaf));
  } finally {
    await hostile.close();
  }
});

async function caseWith(lie: Lie): Promise<Case> {
  const tried = await prepareCase(world);
  lies.set(tried.tenant, lie);
  return tried;
}

/** No update is in the run's history, nor did the worker ever see a wrapped key. Ends the run, or has it ended. */
async function assertNothingSent({ workflowId, tenant }: Case, end?: () => Promise<void>): Promise<void> {
  const handle = world.client.workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  assert.deepEqual(
    (events ?? []).filter(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) => accepted),
    [],
  );
  await (end?.() ?? handle.terminate());
  assert.ok(importer.received.some((payload) => payload.includes(tenant)));
  assert.deepEqual(
    importer.received.filter((payload) => payload.includes('wrappedKey')),
    [],
  );
}

function failureIn(stdout: string): string | undefined {
  const { clients } = JSON.parse(stdout) as { clients: { failure?: { code: string } }[] };
  return clients[0]?.failure?.code;
}

/** The public key of what KMS makes of a wrapped key. */
async function importedKey(ring: string, importJob: string, wrappedKey: Buffer): Promise<string> {
  const algorithm = 'RSA_SIGN_PKCS1_2048_SHA256';
  const [key] = await owner.createCryptoKey({
    parent: ring,
    cryptoKeyId: 'imported',
    cryptoKey: { purpose: 'ASYMMETRIC_SIGN', importOnly: true, versionTemplate: { algorithm } },
    skipInitialVersionCreation: true,
  });
  const [{ name }] = await owner.importCryptoKeyVersion({ parent: key.name, importJob, algorithm, wrappedKey });
  for (;;) {
    const [{ state }] = await owner.getCryptoKeyVersion({ name });
    if (state === 'ENABLED') return spki((await owner.getPublicKey({ name }))[0].pem ?? '');
    assert.equal(state, 'PENDING_IMPORT');
    await setTimeout(20);
  }
}

const spki = (pem: string): string => createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64');
