/** Which credentials are taken, and whose word counts for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPublished } from '../../client/caller-secrets.ts';
import type { SecretReader } from '../../client/caller-secrets.ts';
import { readReference } from '../../client/client-reference.ts';
import { emptyRecord, writeRecord } from '../../domain/client-record.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tenant } from '../../domain/tenant.ts';

const tenant: Tenant = {
  tenant: 'nais-test',
  environment: 'test',
  organisation: '991825827',
  google: {
    project: 'nais-test',
    location: 'europe-north1',
    keyRing: 'r',
    protectionLevel: 'SOFTWARE',
    replication: 'automatic',
  },
  platform: 'group:platform@etat.no',
  clients: {},
  approval: {},
  rotation: { soak: 604_800, drain: 7260, retire: 'disable' },
};
const client = {
  tenant: 'nais-test',
  environment: 'test',
  cluster: 'dev',
  namespace: 'team',
  name: 'app',
  kind: 'idporten',
} as const;
const reference = { tenant, client };
const secret = 'projects/nais-test/secrets/digdir-client_nais-test_test_dev_team_app_idporten';

/** Secret Manager with these versions; `published` is what the record says, if there is one. */
function secretsWith(versions: Readonly<Record<number, string | null>>, published?: number): SecretReader {
  const { state, annotations } = writeRecord({ ...emptyRecord, ...(published === undefined ? {} : { published }) });
  const read: SecretReader['read'] = async (name) => {
    const text = name.startsWith(`${secret}/versions/`) ? versions[Number(name.split('/').at(-1))] : undefined;
    if (text === undefined) return undefined;
    return text === null ? 'unusable' : { name, data: Buffer.from(text) };
  };
  return {
    read,
    readFrom: async (name, first, limits) => {
      const found = [];
      for (let number = first; ; number++) {
        const version = await read(`${name}/versions/${number}`, limits);
        if (version === undefined) return found;
        if (version !== 'unusable') found.push(version);
      }
    },
    secret: async (name) =>
      published === undefined
        ? undefined
        : { name, labels: { state }, annotations, etag: 'e', replication: 'automatic' },
  };
}

const content = (id: string): string => JSON.stringify({ IDPORTEN_CLIENT_ID: id });

test('a version that is newer than the record says is the one to use', async () => {
  const secrets = secretsWith({ 1: content('one'), 2: content('two'), 3: content('three') }, 2);
  assert.deepEqual(await readPublished(secrets, reference), {
    version: 3,
    variables: { IDPORTEN_CLIENT_ID: 'three' },
  });
});

test('without a record that can be seen yet, the versions are counted from the first', async () => {
  const secrets = secretsWith({ 1: null, 2: content('two') });
  assert.equal((await readPublished(secrets, reference)).version, 2);
});

test('whoever may read the payloads alone gets them', async () => {
  const denied = async () => await Promise.reject(new Refusal('GOOGLE_DENIED', 'reading'));
  const secrets = { ...secretsWith({ 1: null, 2: content('two') }), secret: denied };
  assert.equal((await readPublished(secrets, reference)).version, 2);
  await assert.rejects(readPublished({ ...secrets, readFrom: denied }, reference), { code: 'GOOGLE_DENIED' });
});

test('a version that is asked for is taken, and no other', async () => {
  const secrets = secretsWith({ 1: content('one'), 2: null, 3: content('three') }, 3);
  assert.equal((await readPublished(secrets, reference, 1)).version, 1);
  for (const number of [2, 4]) {
    await assert.rejects(readPublished(secrets, reference, number), { code: 'CREDENTIALS_MISSING' });
  }
});

test('where nothing can be read, or something else than variables stands, there are no credentials', async () => {
  const contents = ['no JSON', '[]', '{}', '{"IDPORTEN_CLIENT_ID": 1}', '{"x; rm -rf": "a"}', '{"../X": "a"}'];
  const cases: Record<number, string | null>[] = [{}, { 1: null }, ...contents.map((text) => ({ 1: text }))];
  for (const versions of cases) {
    await assert.rejects(readPublished(secretsWith(versions, 1), reference), { code: 'CREDENTIALS_MISSING' });
  }
});

test('a client is named by namespace and name, and by nothing else', async () => {
  const output = { data: () => {}, say: () => {}, json: false, interactive: false, live: false, terminal: false };
  for (const text of ['app', 'team/', '/app', 'team/app/1', 'Team/app', 'team/a b', 'dev:team:app', '']) {
    const call = { arguments: [text], options: { tenant: 'none.yaml' }, environment: {}, output };
    await assert.rejects(readReference(call), { code: 'USAGE' }, text);
  }
  const call = { arguments: ['team/app'], options: { tenant: 'none.yaml' }, environment: {}, output };
  await assert.rejects(readReference(call), { code: 'FILE_UNREADABLE' });
});
