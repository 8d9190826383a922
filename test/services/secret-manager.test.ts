/** The product's Secret Manager against the local one: records under their etag, and versions that are destroyed. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Refusal } from '../../domain/refusal.ts';
import { createGoogleClients, type GoogleClients } from '../../services/google-clients.ts';
import { createLatestVersions } from '../../services/latest-versions.ts';
import { createSecretManager, type Secret, type SecretManager } from '../../services/secret-manager.ts';
import { googleWorld, owner, type GoogleWorld } from './google-world.ts';

const limits = { timeout: 5_000 };
const labels = { tenant: 'nais-test' };

let world: GoogleWorld;
let google: GoogleClients;
let secrets: SecretManager;
let count = 0;
let name = '';

before(async () => {
  world = await googleWorld();
  google = await createGoogleClients({ account: owner, endpoint: world.google });
  secrets = createSecretManager(google.secrets);
});
after(async () => {
  await google.close();
  await world.close();
});
beforeEach(async () => {
  count += 1;
  name = `projects/local-project/secrets/record-${count}`;
  await secrets.createSecret(name, { labels, annotations: { state: 'creating' }, replication: 'automatic' }, limits);
});

async function found(): Promise<Secret> {
  const secret = await secrets.secret(name, limits);
  assert.ok(secret);
  return secret;
}

const conflict = (error: unknown): boolean =>
  error instanceof Refusal && error.code === 'STATE_CONFLICT' && error.passing;

test('a secret is read with the labels and annotations that it was made with, and has none when none are given', async () => {
  const { etag, name: canonical, ...rest } = await found();
  assert.deepEqual(rest, { labels, annotations: { state: 'creating' }, replication: 'automatic' });
  assert.match(canonical, /\/secrets\/record-\d+$/);
  assert.notEqual(etag, '');
  await secrets.createSecret(`${name}-bare`, { labels, replication: 'automatic' }, limits);
  assert.deepEqual((await secrets.secret(`${name}-bare`, limits))?.annotations, {});
});

test('an update replaces labels and annotations, and its answer is enough for the next one', async () => {
  const { etag } = await found();
  const updated = await secrets.updateSecret(
    name,
    { labels: { state: 'ready' }, annotations: { client: 'a' }, etag },
    limits,
  );
  assert.deepEqual([updated.labels, updated.annotations], [{ state: 'ready' }, { client: 'a' }]);
  assert.deepEqual(await found(), updated);
  await secrets.updateSecret(name, { labels: {}, annotations: { client: 'b' }, etag: updated.etag }, limits);
  const { labels: none, annotations } = await found();
  assert.deepEqual([none, annotations], [{}, { client: 'b' }]);
});

test('of two who read the same, one writes; a version that is added in between is no conflict', async () => {
  const { etag } = await found();
  await secrets.addVersion(name, Buffer.from('one'), limits);
  const update = (state: string) => secrets.updateSecret(name, { labels, annotations: { state }, etag }, limits);
  await update('first');
  await assert.rejects(update('second'), conflict);
  assert.deepEqual((await found()).annotations, { state: 'first' });
});

test('what was read late does not overwrite what is newer', async () => {
  world.google.settings.staleLatest = 60_000;
  world.advance(60_000);
  const { etag } = await found();
  await secrets.updateSecret(name, { labels, annotations: { state: 'ready' }, etag }, limits);
  const late = await found();
  assert.deepEqual(late.annotations, { state: 'creating' });
  const lost = secrets.updateSecret(name, { labels, annotations: { state: 'lost' }, etag: late.etag }, limits);
  await assert.rejects(lost, conflict);
  world.google.settings.staleLatest = 0;
  assert.deepEqual((await found()).annotations, { state: 'ready' });
});

test('an update of what is not there, or may not be, is refused as such', async () => {
  const { etag } = await found();
  const refused = (error: unknown): boolean => error instanceof Refusal && error.code === 'GOOGLE_REFUSED';
  const wanted = { labels, annotations: {}, etag };
  await assert.rejects(secrets.updateSecret(`${name}-missing`, wanted, limits), refused);
  await assert.rejects(secrets.updateSecret(name, { ...wanted, labels: { Upper: 'x' } }, limits), refused);
});

test('a destroyed version is gone, once and for all, and so is one that never was', async () => {
  const version = await secrets.addVersion(name, Buffer.from('a key'), limits);
  await secrets.destroyVersion(version, limits);
  assert.equal(await secrets.read(version, limits), 'unusable');
  const kept = world.google.inspect().secrets.find((secret) => secret.name.endsWith(`/record-${count}`));
  assert.deepEqual(
    kept?.versions.map(({ state, payload }) => [state, payload]),
    [['DESTROYED', undefined]],
  );
  await secrets.destroyVersion(version, limits);
  await secrets.destroyVersion(`${name}/versions/2`, limits);
  await secrets.destroyVersion(`${name}-missing/versions/1`, limits);
});

test('a disabled version is destroyed as well', async () => {
  const version = await secrets.addVersion(name, Buffer.from('a key'), limits);
  await secrets.disableVersion(version, limits);
  await secrets.destroyVersion(version, limits);
  const [state] = await google.secrets.getSecretVersion({ name: version });
  assert.equal(state.state, 'DESTROYED');
});

test('a refusal for another reason is not taken for a destroyed version', async () => {
  const version = await secrets.addVersion(name, Buffer.from('a key'), limits);
  world.calls.disturb({ before: ({ method }) => (method === 'DestroySecretVersion' ? 'refuse' : 'none') });
  await assert.rejects(secrets.destroyVersion(version, limits), { code: 'GOOGLE_UNAVAILABLE' });
  world.calls.disturb();

  const held = Object.assign(new Error('The secret is under a hold.'), { code: 9 });
  const client: GoogleClients['secrets'] = Object.create(google.secrets);
  client.destroySecretVersion = () => Promise.reject(held);
  await assert.rejects(createSecretManager(client).destroyVersion(version, limits), { code: 'GOOGLE_REFUSED' });
});

test('the highest version that is followed is not gone on with once it is disabled: an earlier one is the highest', async () => {
  const latest = createLatestVersions(secrets, { now: () => new Date() }, 0);
  const content = async () => (await latest.latest(name, limits))?.data.toString();
  assert.equal(await content(), undefined);
  await secrets.addVersion(name, Buffer.from('one'), limits);
  const two = await secrets.addVersion(name, Buffer.from('two'), limits);
  assert.equal(await content(), 'two');
  await secrets.disableVersion(two, limits);
  assert.equal(await content(), 'one');
  await secrets.disableVersion(`${name}/versions/1`, limits);
  assert.equal(await content(), undefined);
});
