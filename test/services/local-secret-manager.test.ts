import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { crc32c } from '../../local/grpc/crc32c.ts';
import { googleWorld, owner, refusal, type GoogleWorld } from './google-world.ts';

type Secrets = ReturnType<GoogleWorld['as']>['secrets'];

const project = 'projects/local-project';
const automatic = { replication: { automatic: {} } };

describe('the local Secret Manager', () => {
  let world: GoogleWorld;
  let secrets: Secrets;
  let count = 0;
  let name = '';

  before(async () => {
    world = await googleWorld();
    secrets = world.as(owner).secrets;
  });
  after(() => world.close());
  beforeEach(async () => {
    count += 1;
    Object.assign(world.google.settings, { staleLatest: 0, staleMetadata: undefined });
    const [secret] = await secrets.createSecret({ parent: project, secretId: `secret-${count}`, secret: automatic });
    name = secret.name ?? '';
  });

  const add = async (text: string) => (await secrets.addSecretVersion({ parent: name, payload: payload(text) }))[0];
  const payload = (text: string) => ({ data: Buffer.from(text) });
  const read = async (version: string) => {
    const [{ payload: found }] = await secrets.accessSecretVersion({ name: `${name}/versions/${version}` });
    return Buffer.from(found?.data ?? '').toString();
  };

  test('names carry the project number, and a second create is ALREADY_EXISTS', async () => {
    assert.equal(name, `projects/${world.google.project.number}/secrets/secret-${count}`);
    const again = secrets.createSecret({ parent: project, secretId: `secret-${count}`, secret: automatic });
    await assert.rejects(again, refusal(6, /Secret \[projects\/\d+\/secrets\/secret-\d+\] already exists\./));
  });

  test('versions count from 1 and keep a checksum, whether it was sent or not', async () => {
    const data = Buffer.from('one');
    const [sent] = await secrets.addSecretVersion({ parent: name, payload: { data, dataCrc32c: crc32c(data) } });
    assert.equal(sent.name, `${name}/versions/1`);
    assert.equal(sent.clientSpecifiedPayloadChecksum, true);
    const unsent = await add('two');
    assert.equal(unsent.clientSpecifiedPayloadChecksum, false);
    const [accessed] = await secrets.accessSecretVersion({ name: unsent.name });
    assert.equal(Number(accessed.payload?.dataCrc32c), crc32c(Buffer.from('two')));
    assert.equal(await read('latest'), 'two');
  });

  test('payloads are checked: checksum, 64 KiB, not empty', async () => {
    const data = Buffer.alloc(64 * 1024);
    await secrets.addSecretVersion({ parent: name, payload: { data } });
    for (const [wrong, text] of [
      [{ data, dataCrc32c: 1 }, /checksum in field data_crc32c did not match/],
      [{ data: Buffer.alloc(64 * 1024 + 1) }, /no larger than 65536/],
      [{}, /cannot be empty/],
    ] as const) {
      await assert.rejects(secrets.addSecretVersion({ parent: name, payload: wrong }), refusal(3, text));
    }
    const [versions] = await secrets.listSecretVersions({ parent: name });
    assert.equal(versions.length, 1);
  });

  test('latest is the newest version whatever its state, and destruction is final', async () => {
    await assert.rejects(read('latest'), refusal(5, /not found or has no versions/));
    await add('one');
    const newest = await add('two');
    await secrets.disableSecretVersion({ name: newest.name });
    const disabled = /Secret Version \[projects\/\d+\/secrets\/secret-\d+\/versions\/2\] is in DISABLED state\./;
    await assert.rejects(read('latest'), refusal(9, disabled));
    assert.equal(await read('1'), 'one');
    await assert.rejects(read('3'), refusal(5, /Secret Version \[.*\/versions\/3\] not found/));

    await secrets.destroySecretVersion({ name: newest.name });
    await assert.rejects(read('2'), refusal(9, /is in DESTROYED state/));
    await assert.rejects(secrets.enableSecretVersion({ name: newest.name }), refusal(9, /is in DESTROYED state/));
    const [kept] = world.google.inspect().secrets.filter((secret) => secret.name === name);
    assert.equal(kept?.versions[1]?.payload, undefined);
  });

  test('etags guard changes of secrets and of version states, not the adding of versions', async () => {
    const [before] = await secrets.getSecret({ name });
    const version = await add('one');
    const [same] = await secrets.getSecret({ name });
    assert.equal(same.etag, before.etag);

    const update = (etag: string, annotations: Record<string, string>) =>
      secrets.updateSecret({ secret: { name, etag, annotations }, updateMask: { paths: ['annotations'] } });
    const [updated] = await update(before.etag ?? '', { state: 'creating' });
    assert.notEqual(updated.etag, before.etag);
    await assert.rejects(update(before.etag ?? '', { state: 'lost' }), refusal(9, /does not match the current etag/));
    await assert.rejects(secrets.deleteSecret({ name, etag: before.etag }), refusal(9, /does not match/));
    assert.deepEqual((await secrets.getSecret({ name }))[0].annotations, { state: 'creating' });

    const [disabled] = await secrets.disableSecretVersion({ name: version.name, etag: version.etag });
    const stale = secrets.enableSecretVersion({ name: version.name, etag: version.etag });
    await assert.rejects(stale, refusal(9, /does not match/));
    await secrets.enableSecretVersion({ name: version.name, etag: disabled.etag });
    await secrets.deleteSecret({ name, etag: updated.etag });
    await assert.rejects(secrets.getSecret({ name }), refusal(5, /Secret \[.*\] not found\./));
  });

  test('labels and annotations change together, under one etag, and only what the mask names', async () => {
    const [before] = await secrets.getSecret({ name });
    const update = (secret: object, paths: string[]) =>
      secrets.updateSecret({ secret: { name, ...secret }, updateMask: { paths } });
    const both = { labels: { state: 'ready' }, annotations: { client: 'a' } };
    const [updated] = await update({ ...both, etag: before.etag }, ['labels', 'annotations']);
    assert.deepEqual([updated.labels, updated.annotations], [both.labels, both.annotations]);
    const late = update({ labels: { state: 'lost' }, annotations: {}, etag: before.etag }, ['labels', 'annotations']);
    await assert.rejects(late, refusal(9, /does not match the current etag/));
    const [relabelled] = await update({ labels: {}, annotations: {}, etag: updated.etag }, ['labels']);
    assert.deepEqual([relabelled.labels, relabelled.annotations], [{}, both.annotations]);
    assert.deepEqual((await secrets.getSecret({ name }))[0], relabelled);
  });

  test('destroying is once and for all, and leaves the secret and its other versions as they are', async () => {
    const [one, two] = [await add('one'), await add('two')];
    const [before] = await secrets.getSecret({ name });
    const stale = secrets.destroySecretVersion({ name: one.name, etag: two.etag });
    await assert.rejects(stale, refusal(9, /does not match/));
    const [destroyed] = await secrets.destroySecretVersion({ name: one.name, etag: one.etag });
    assert.equal(destroyed.state, 'DESTROYED');
    assert.ok(destroyed.destroyTime?.seconds);
    assert.notEqual(destroyed.etag, one.etag);
    await assert.rejects(secrets.destroySecretVersion({ name: one.name }), refusal(9, /is in DESTROYED state/));
    const missing = secrets.destroySecretVersion({ name: `${name}/versions/3` });
    await assert.rejects(missing, refusal(5, /versions\/3\] not found/));
    assert.equal(await read('2'), 'two');
    assert.deepEqual((await secrets.getSecret({ name }))[0], before);
  });

  test('a late reader learns an etag that is no longer the present one, and that a version still is', async () => {
    const version = await add('one');
    world.google.settings.staleLatest = 1000;
    world.advance(1000);
    const [{ etag }] = await secrets.getSecret({ name });
    const update = (annotations: Record<string, string>, sent: string | null | undefined) =>
      secrets.updateSecret({ secret: { name, annotations, etag: sent }, updateMask: { paths: ['annotations'] } });
    const [updated] = await update({ state: 'ready' }, etag);
    await secrets.destroySecretVersion({ name: version.name });
    const [seen] = await secrets.getSecret({ name });
    assert.deepEqual([seen.etag, seen.annotations], [etag, {}]);
    await assert.rejects(update({ state: 'lost' }, seen.etag), refusal(9, /does not match/));
    assert.equal((await secrets.getSecretVersion({ name: version.name }))[0].state, 'ENABLED');
    await assert.rejects(read('1'), refusal(9, /is in DESTROYED state/));
    world.advance(1000);
    assert.equal((await secrets.getSecret({ name }))[0].etag, updated.etag);
    assert.equal((await secrets.getSecretVersion({ name: version.name }))[0].state, 'DESTROYED');
  });

  test('metadata and lists may be behind by another time than `latest`', async () => {
    await add('one');
    const [{ labels: before }] = await secrets.getSecret({ name });
    Object.assign(world.google.settings, { staleLatest: 5000, staleMetadata: 1000 });
    world.advance(5000);
    await add('two');
    await secrets.updateSecret({ secret: { name, labels: { fresh: 'yes' } }, updateMask: { paths: ['labels'] } });
    world.advance(999);
    assert.deepEqual((await secrets.getSecret({ name }))[0].labels, before);
    world.advance(1);
    assert.deepEqual((await secrets.getSecret({ name }))[0].labels, { fresh: 'yes' });
    assert.equal((await secrets.listSecretVersions({ parent: name }))[0].length, 2);
    assert.equal(await read('latest'), 'one');
    world.advance(4000);
    assert.equal(await read('latest'), 'two');
  });

  test('a late reader sees latest, metadata and lists as they were; a number it sees at once', async () => {
    await add('one');
    const [{ labels: before }] = await secrets.getSecret({ name });
    world.google.settings.staleLatest = 5000;
    world.advance(5000);
    await add('two');
    await secrets.updateSecret({ secret: { name, labels: { fresh: 'yes' } }, updateMask: { paths: ['labels'] } });
    assert.equal(await read('latest'), 'one');
    assert.equal(await read('2'), 'two');
    assert.deepEqual((await secrets.getSecret({ name }))[0].labels, before);
    assert.equal((await secrets.listSecretVersions({ parent: name }))[0].length, 1);
    const metadata = secrets.getSecretVersion({ name: `${name}/versions/2` });
    await assert.rejects(metadata, refusal(5, /versions\/2\] not found/));

    world.advance(4999);
    assert.equal(await read('latest'), 'one');
    world.advance(1);
    assert.equal(await read('latest'), 'two');
    assert.deepEqual((await secrets.getSecret({ name }))[0].labels, { fresh: 'yes' });
  });

  test('a late reader does not see a new secret, nor that one is gone', async () => {
    world.google.settings.staleLatest = 1000;
    const created = await secrets.createSecret({ parent: project, secretId: `late-${count}`, secret: automatic });
    const late = { name: created[0].name };
    await assert.rejects(secrets.getSecret(late), refusal(5, /not found/));
    const again = secrets.createSecret({ parent: project, secretId: `late-${count}`, secret: automatic });
    await assert.rejects(again, refusal(6, /already exists/));
    world.advance(1000);
    await secrets.deleteSecret(late);
    assert.equal((await secrets.getSecret(late))[0].name, late.name);
    world.advance(1000);
    await assert.rejects(secrets.getSecret(late), refusal(5, /not found/));
  });

  test('aliases name existing versions, for reading only', async () => {
    await add('one');
    const update = (versionAliases: Record<string, number>) =>
      secrets.updateSecret({ secret: { name, versionAliases }, updateMask: { paths: ['version_aliases'] } });
    await update({ active: 1 });
    assert.equal(await read('active'), 'one');
    await assert.rejects(update({ active: 2 }), refusal(3, /does not exist/));
    await assert.rejects(update({ latest: 1 }), refusal(3, /'latest' is invalid/));
    await assert.rejects(read('other'), refusal(5, /not found/));
    const byAlias = secrets.disableSecretVersion({ name: `${name}/versions/active` });
    await assert.rejects(byAlias, refusal(3, /must have the format/));
  });

  test('what a secret may not be is INVALID_ARGUMENT', async () => {
    const create = (secretId: string, secret: object) => secrets.createSecret({ parent: project, secretId, secret });
    await assert.rejects(create('no spaces', automatic), refusal(3, /secret_id/));
    await assert.rejects(create('bare', {}), refusal(3, /either automatic or user_managed/));
    await assert.rejects(create('none', { replication: { userManaged: {} } }), refusal(3, /at least one replica/));
    await assert.rejects(create('label', { ...automatic, labels: { Upper: 'x' } }), refusal(3, /Label key 'Upper'/));
    await assert.rejects(
      create('notes', { ...automatic, annotations: { a: 'x'.repeat(16_384) } }),
      refusal(3, /16 KiB/),
    );
    await assert.rejects(create('ttl', { ...automatic, ttl: { seconds: 60 } }), refusal(12, /the field ttl/));
    const mask = secrets.updateSecret({ secret: { name }, updateMask: { paths: ['replication'] } });
    await assert.rejects(mask, refusal(3, /invalid path 'replication'/));
    const replicas = [{ location: 'europe-north1' }, { location: 'europe-west1' }];
    const [made] = await create('regions', { replication: { userManaged: { replicas } } });
    const locations = made.replication?.userManaged?.replicas?.map((replica) => replica.location);
    assert.deepEqual(locations, ['europe-north1', 'europe-west1']);
  });

  test('lists are newest first and filtered by labels', async () => {
    world.advance(1);
    const labels = { tenant: `t${count}` };
    await secrets.createSecret({ parent: project, secretId: `a-${count}`, secret: { ...automatic, labels } });
    world.advance(1);
    await secrets.createSecret({ parent: project, secretId: `b-${count}`, secret: { ...automatic, labels } });
    const [found] = await secrets.listSecrets({ parent: project, filter: `labels.tenant=t${count}` });
    const ids = found.map((secret) => secret.name?.split('/').at(-1));
    assert.deepEqual(ids, [`b-${count}`, `a-${count}`]);
    const strange = secrets.listSecrets({ parent: project, filter: 'create_time>"2020"' });
    await assert.rejects(strange, refusal(12, /does not understand the filter/));
  });
});
