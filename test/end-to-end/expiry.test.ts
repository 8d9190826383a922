/** `digdir expiry`: everything that expires is listed, with whose it is and what to do, whatever else cannot be seen. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExpiringItem } from '../../domain/inventory.ts';
import type { OperationEnd } from '../../domain/provisioning.ts';
import { openDigdiratorWorld } from '../digdirator-world.ts';
import type { LeftClient } from '../digdirator-world.ts';
import { organisation } from '../onboarding.ts';
import { apply, clientAt, clientName, onboardAdminClient, provision } from '../provisioning.ts';
import { newKey } from '../services/self-service-caller.ts';
import { startTestWorld } from '../world.ts';
import type { WorldWithWorker } from '../world.ts';
import { ownerOf } from '../workflows/support.ts';
import { createCaller } from './client-call.ts';
import type { Caller } from './client-call.ts';

let world: WorldWithWorker;
let caller: Caller;
let file: string;
let applied: OperationEnd;
let left: LeftClient;
let postKeys: (clientId: string, keys: readonly object[]) => Promise<void>;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world);
  caller = await createCaller(world);
  file = join(caller.folder, 'tenant.yaml');
  applied = await apply(world, clientName(world, 'soknad'));
  const digdirator = await openDigdiratorWorld(world.cloud, organisation, 'etat');
  left = await digdirator.idportenClient({ cluster: 'prod', namespace: 'team', name: 'fremmed' });
  postKeys = async (clientId, keys) => {
    assert.equal((await digdirator.call('POST', `/clients/${clientId}/jwks`, { keys })).status, 201);
  };
});
after(() => world.close());

type Document = {
  readonly overdue: number;
  readonly unseen: number;
  readonly items: readonly ExpiringItem[];
  readonly tenants: readonly { readonly webhook: boolean; readonly findings: readonly { readonly code: string }[] }[];
};

async function ask(files = [file]): Promise<{ code: number; document: Document }> {
  const { code, document } = await caller.ask('expiry', [], { file: files });
  return { code, document: document as Document };
}

const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

test('certificate, keys of ours and keys of others are listed, soonest first, and nothing is overdue', async () => {
  const { code, document } = await ask();
  assert.equal(code, 0, JSON.stringify(document));
  assert.deepEqual(document.tenants[0]?.findings, []);
  const ends = document.items.map(({ expires }) => expires);
  assert.deepEqual(ends, ends.toSorted());
  const found = document.items.map(({ kind, owner, state, remedy }) => ({ kind, owner, state, remedy }));
  const expected = [
    {
      kind: 'certificate',
      owner: world.tenant,
      state: 'valid',
      remedy: `digdir rotate-certificate -f ${file} --client idporten --key-file FILE`,
    },
    { kind: 'client-key', owner: 'team', state: 'valid', remedy: `digdir rotate-key team/soknad -t ${file}` },
  ];
  for (const item of expected)
    assert.ok(
      found.some((one) => JSON.stringify(one) === JSON.stringify(item)),
      item.kind,
    );
  const unmanaged = document.items.filter(({ kind }) => kind === 'unmanaged-key');
  assert.deepEqual(
    unmanaged.map(({ id }) => id),
    [`unmanaged-key:${left.id}:${left.key.jwk.kid}`],
  );
  assert.match(unmanaged[0]?.what ?? '', /prod:team:fremmed/);
});

test('the table says the same to people, and that no webhook is set', async () => {
  const { code, stdout, stderr } = await caller.call('expiry', [], { file: [file] });
  assert.equal(code, 0);
  assert.match(stdout, /^EXPIRES +RENEWAL +STATE +WHAT +OWNER +TO DO$/m);
  assert.match(stdout, /^\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d +valid +key \S+ of team\/soknad \(idporten\) +team +-$/m);
  assert.match(stderr, /no webhook is set \(DIGDIR_NOTICE_WEBHOOK/);
});

test('after a rotation the old key is no longer what counts, and waits to be acknowledged', async () => {
  await provision(world, clientName(world, 'soknad'), { kind: 'rotate-key' });
  const { code, document } = await ask();
  const ours = document.items.filter(({ kind }) => kind === 'client-key');
  assert.deepEqual(ours.map(({ state, remedy }) => `${state}: ${remedy}`).toSorted(), [
    `replaced: digdir acknowledge team/soknad -t ${file}`,
    `valid: digdir rotate-key team/soknad -t ${file}`,
  ]);
  assert.equal(code, 0);
});

test('a key of somebody else’s that is to be renewed is overdue, until there is a later one', async () => {
  const soon = { ...newKey('soon').jwk, exp: secondsFromNow(2) };
  await postKeys(left.id, [soon]);
  const overdue = async () => {
    for (;;) {
      const { code, document } = await ask();
      const item = document.items.find(({ id }) => id.endsWith(':soon'));
      if (item?.state !== 'valid') return { code, item, overdue: document.overdue };
    }
  };
  const { code, item, overdue: count } = await overdue();
  assert.deepEqual([code, count], [8, 1]);
  assert.match(item?.state ?? '', /due|expired/);
  const { stdout, stderr } = await caller.call('expiry', [], { file: [file] });
  assert.match(stdout, /digdir adopt -f MANIFESTS -t \S+tenant\.yaml, or have/);
  assert.match(stderr, /^1 of \d+ overdue/m);
  const later = { ...newKey('later').jwk, exp: secondsFromNow(86_400) };
  await postKeys(left.id, [...clientAt(world, left.id).keys.filter(({ kid }) => kid !== 'soon'), later]);
  assert.equal((await ask()).code, 0);
});

test('a key that was added to a client of ours by hand is seen as well', async () => {
  const clientId = applied.clientId ?? '';
  await postKeys(clientId, [...clientAt(world, clientId).keys, newKey('byhand').jwk]);
  const { document } = await ask();
  const item = document.items.find(({ id }) => id === `unmanaged-key:${clientId}:byhand`);
  assert.match(item?.what ?? '', /key byhand of team\/soknad/);
});

test('an admin client that is not onboarded is a line, and several tenants are one list', async () => {
  const tenant = parse(await readFile(file, 'utf8')) as { clients: object };
  const both = { ...tenant, clients: { ...tenant.clients, maskinporten: { clientId: 'not-yet' } } };
  const { code, document } = await ask([await caller.write('both.yaml', stringify(both)), file]);
  assert.equal(code, 0);
  assert.deepEqual(
    document.tenants.map(({ findings }) => findings.map((one) => one.code)),
    [['ADMIN_CLIENT_MISSING'], []],
  );
});

test('a client secret, whose end is known to nobody, is said', async () => {
  const digdirator = await openDigdiratorWorld(world.cloud, organisation, 'etat2');
  const named = { cluster: 'prod', namespace: 'team', name: 'hemmelig' };
  await digdirator.idportenClient(named, { token_endpoint_auth_method: 'client_secret_post' });
  const { document } = await ask();
  assert.deepEqual(
    document.tenants[0]?.findings.map(({ code }) => code),
    ['SECRET_EXPIRY_UNKNOWN'],
  );
});

test('while Digdir does not answer, what is kept at Google is listed all the same', async (t) => {
  t.after(() => world.cloud.calls.disturb());
  world.cloud.calls.disturb({ before: ({ system }) => (system === 'self-service' ? 'refuse' : 'none') });
  const { code: exitCode, document } = await ask();
  assert.deepEqual(
    document.tenants[0]?.findings.map(({ code }) => code),
    ['EXPIRY_UNSEEN'],
  );
  assert.deepEqual([exitCode, document.unseen, document.overdue], [9, 1, 0], 'not all is known to be well');
  assert.deepEqual(new Set(document.items.map(({ kind }) => kind)), new Set(['certificate', 'client-key']));
});

test('a right that somebody took away is no client that was never onboarded: what it hides is not known to be well', async (t) => {
  const owner = ownerOf(world);
  t.after(async () => await owner.close());
  const resource = `projects/local-project/secrets/${world.tenant}-local-idporten-active`;
  const [policy] = await owner.secrets.getIamPolicy({ resource });
  await owner.secrets.setIamPolicy({ resource, policy: { etag: policy.etag, bindings: [] } });
  await world.restartWorker();
  const { code, document } = await ask();
  assert.equal(code, 9);
  assert.ok(document.tenants[0]?.findings.every((one) => one.code === 'EXPIRY_UNSEEN'));
  assert.ok(document.unseen > 0);
});
