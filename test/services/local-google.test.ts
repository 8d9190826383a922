import assert from 'node:assert/strict';
import { test } from 'node:test';

import { googleWorld, location, owner, refusal } from './google-world.ts';

const project = 'projects/local-project';
const secret = { replication: { automatic: {} } };
const once = { timeout: 5000, retry: null };

test('a new start on the same folder goes on with everything', async () => {
  const first = await googleWorld({ settings: { jobDelay: 0 } });
  const { kms, secrets } = first.as(owner);
  await kms.createKeyRing({ parent: location, keyRingId: 'ring', keyRing: {} });
  const importJob = { importMethod: 'RSA_OAEP_3072_SHA256_AES_256', protectionLevel: 'HSM' } as const;
  await kms.createImportJob({ parent: `${location}/keyRings/ring`, importJobId: 'job', importJob });
  await secrets.createSecret({ parent: project, secretId: 'secret', secret });
  await secrets.addSecretVersion({ parent: `${project}/secrets/secret`, payload: { data: Buffer.from('text') } });
  first.google.bind('user:other@example.no', 'roles/viewer');
  const before = first.google.inspect();
  assert.equal(before.importJobs[0]?.state, 'ACTIVE');

  const second = await first.restart();
  assert.deepEqual(second.google.inspect(), before);
  const name = `${project}/secrets/secret/versions/latest`;
  const [accessed] = await second.as(owner).secrets.accessSecretVersion({ name });
  assert.equal(Buffer.from(accessed.payload?.data ?? '').toString(), 'text');
  await second.close();
});

test('a refused call is UNAVAILABLE without effect; a lost reply is UNAVAILABLE with it', async () => {
  const world = await googleWorld();
  const { secrets } = world.as(owner);
  const create = (secretId: string) => secrets.createSecret({ parent: project, secretId, secret }, once);
  const ids = () => world.google.inspect().secrets.map(({ name }) => name.split('/').at(-1));

  world.calls.disturb({ before: () => 'refuse' });
  await assert.rejects(create('refused'), refusal(14, /currently unavailable/));
  world.calls.disturb({ after: () => 'lose-reply' });
  await assert.rejects(create('lost'), refusal(14, /Connection dropped/));
  world.calls.disturb();
  assert.deepEqual(ids(), ['lost']);
  await assert.rejects(create('lost'), refusal(6, /already exists/));
  assert.equal(world.calls.count('secret-manager', 'CreateSecret'), 3);
  assert.deepEqual(new Set(world.calls.list().map(({ caller }) => caller)), new Set([owner]));
  await world.close();
});

test('of many creates of one name at once, one succeeds', async () => {
  const world = await googleWorld();
  const { kms } = world.as(owner);
  const parent = `${location}/keyRings/ring`;
  await kms.createKeyRing({ parent: location, keyRingId: 'ring', keyRing: {} });
  const importJob = { importMethod: 'RSA_OAEP_3072_SHA256_AES_256', protectionLevel: 'SOFTWARE' } as const;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 3 }, () => kms.createImportJob({ parent, importJobId: 'job', importJob })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  const [job] = world.google.inspect().importJobs;
  const [seen] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value[0].name] : []));
  assert.equal(job?.name, seen);
  await world.close();
});
