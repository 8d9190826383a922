/** `digdir adopt` in a world as digdirator leaves it: clients keep their ids, and every application goes on working. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { openDigdiratorWorld, works } from '../digdirator-world.ts';
import type { DigdiratorWorld, LeftClient } from '../digdirator-world.ts';
import { organisation } from '../onboarding.ts';
import { clientAt, onboardAdminClient } from '../provisioning.ts';
import { startTestWorld } from '../world.ts';
import type { TestWorld } from '../world.ts';
import { application, createCaller } from './client-call.ts';
import type { Caller } from './client-call.ts';

const consumers = ['889640782', '999999999'];
const [open, exposed] = ['nav:open/lesing', 'etat:helse/journal.read'];

let world: TestWorld;
let caller: Caller;
let left: DigdiratorWorld;
let tenant: string;
before(async () => {
  world = await startTestWorld();
  await onboardAdminClient(world, 'idporten');
  await onboardAdminClient(world, 'maskinporten');
  const { digdir } = world.cloud;
  for (const orgno of consumers) digdir.registerOrganisation(orgno, `Organisation ${orgno}`);
  digdir.registerScope({ name: open, owner_orgno: '889640782', accessible_for_all: true });
  left = await openDigdiratorWorld(world.cloud, organisation, 'etat');
  caller = await createCaller(world);
  const file = parse(await readFile(join(caller.folder, 'tenant.yaml'), 'utf8')) as Record<string, object>;
  const applications = { ...file['applications'], clientName: 'Etaten', maskinporten: { scopePrefix: 'etat' } };
  // Digdirator's own admin client is named in the file; those of this world are known to the worker.
  const clients = { ...file['clients'], maskinporten: { clientId: `admin-${organisation}` } };
  tenant = await caller.write('digdirators.yaml', stringify({ ...file, clients, applications }));
});
after(() => world.close());

const named = (name: string) => ({ cluster: 'dev', namespace: 'team', name });

const exposing = (name: string): string =>
  stringify({
    apiVersion: 'nais.io/v1',
    kind: 'MaskinportenClient',
    metadata: { name, namespace: 'team' },
    spec: {
      secretName: name,
      scopes: {
        consumes: [{ name: open }],
        exposes: [
          {
            enabled: true,
            product: 'helse',
            name: 'journal.read',
            separator: '/',
            consumers: consumers.map((orgno) => ({ orgno })),
          },
        ],
      },
    },
  });

const made = () => world.cloud.calls.count('self-service', 'POST /api/v1/clients');
const kidsOf = ({ id }: LeftClient) => clientAt(world, id).keys.map(({ kid }) => kid);
const consumersOf = (name: string) =>
  world.cloud.digdir
    .inspect()
    .accesses.filter(({ scope, state }) => scope === name && state === 'APPROVED')
    .map(({ consumer }) => consumer);

suite('clients that digdirator made', () => {
  let soknad: LeftClient;
  let register: LeftClient;
  let foreign: LeftClient;
  let options: { readonly file: readonly string[]; readonly tenant: string };
  let clientsMade: number;

  before(async () => {
    soknad = await left.idportenClient(named('soknad'));
    register = await left.maskinportenClient(named('register'), [open]);
    assert.equal(await left.scope(named('register'), { product: 'helse', name: 'journal.read', consumers }), exposed);
    foreign = await left.idportenClient({ ...named('fremmed'), cluster: 'prod' });
    const texts = [application('soknad'), exposing('register'), application('ny')];
    options = { file: [await caller.write('all.yaml', texts.join('---\n'))], tenant };
    clientsMade = made();
  });

  test('without a terminal and without --yes, what there is to take over is only told', async () => {
    const before = JSON.stringify(world.cloud.digdir.inspect().clients);
    const { code, stdout, stderr } = await caller.call('adopt', [], options);
    assert.equal(code, 7, stderr);
    assert.match(stdout, new RegExp(`^team/soknad +idporten +adopt ${soknad.id}`, 'm'));
    assert.match(stdout, new RegExp(`^team/register/maskinporten +maskinporten +adopt ${register.id}`, 'm'));
    assert.match(stdout, /^team\/ny +idporten +none at Digdir/m);
    assert.match(
      stdout,
      /^ {6}frontchannel_logout_uri: "https:\/\/soknad\S+frontchannel" → "https:\/\/soknad\S+logout"/m,
    );
    assert.match(stdout, /^1 client at Digdir that no manifest declares:\n.*"prod:team:fremmed"/m);
    assert.doesNotMatch(stdout, /admin/);
    assert.match(stderr, /team\/ny: there is none to take over; `digdir apply` makes one/);
    assert.equal(JSON.stringify(world.cloud.digdir.inspect().clients), before);
  });

  test('--yes takes over all of it, and the old keys work after every single write', async () => {
    const failed: string[] = [];
    let writes = 0;
    world.cloud.calls.disturb({
      after: async ({ system, method }): Promise<'none'> => {
        if (system !== 'self-service' || method.startsWith('GET')) return 'none';
        writes += 1;
        for (const client of [soknad, register])
          if (!(await works(world.cloud, client))) failed.push(`${method}: ${client.marker}`);
        if (consumersOf(exposed).join() !== consumers.join()) failed.push(`${method}: consumers`);
        return 'none';
      },
    });
    const { code, document } = await caller.ask('adopt', [], { ...options, yes: true });
    world.cloud.calls.disturb();
    assert.equal(code, 0, JSON.stringify(document));
    assert.ok(writes >= 4, `${writes} writes were seen`);
    assert.deepEqual(failed, []);
    const ended = document['clients'] as { client: string; result: { outcome: string; clientId: string } }[];
    assert.deepEqual(
      ended.map(({ client, result }) => [client, result.outcome, result.clientId]),
      [
        ['team/soknad', 'applied', soknad.id],
        ['team/register/maskinporten', 'applied', register.id],
      ],
    );
    assert.equal(made(), clientsMade);
    for (const client of [soknad, register])
      assert.deepEqual([kidsOf(client).length, kidsOf(client)[0]], [2, client.key.jwk.kid]);
    assert.equal(clientAt(world, foreign.id).keys.length, 1);
  });

  test('then there is nothing left to take over, nor for apply to change', async () => {
    const { code, document } = await caller.ask('adopt', [], { ...options, yes: true });
    assert.equal(code, 0);
    const declarations = document['declarations'] as { state: string; steps?: unknown[] }[];
    assert.deepEqual(
      declarations.map(({ state, steps }) => [state, steps?.length]),
      [
        ['ours', 0],
        ['ours', 0],
        ['none', undefined],
      ],
    );
    assert.deepEqual(document['clients'], []);
  });

  test('an old key works until the new credentials are acknowledged', async () => {
    for (const [client, title] of [
      [soknad, 'team/soknad'],
      [register, 'team/register/maskinporten'],
    ] as const) {
      assert.equal(await works(world.cloud, client), true);
      const { code, stderr } = await caller.call('acknowledge', [title], { tenant });
      assert.equal(code, 0, stderr);
      assert.equal(await works(world.cloud, client), false);
      assert.equal(kidsOf(client).length, 1);
    }
    assert.equal(await works(world.cloud, foreign), true);
    assert.deepEqual(consumersOf(exposed), consumers);
  });
});

test('duplicates are told and left alone, and what else there is can still be taken over', async () => {
  const twice = [await left.idportenClient(named('dobbel')), await left.idportenClient(named('dobbel'))];
  const single = await left.idportenClient(named('enkel'));
  // Of the mark, but not of the kind that is declared, and not active: neither is a duplicate.
  const other = await left.idportenClient(named('enkel'), { integration_type: 'api_klient' });
  const former = await left.idportenClient(named('enkel'));
  assert.equal((await left.call('DELETE', `/clients/${former.id}`)).status, 204);
  const text = [application('dobbel'), application('enkel')].join('---\n');
  const options = { file: [await caller.write('twice.yaml', text)], tenant };
  const before = twice.map(({ id }) => JSON.stringify(clientAt(world, id)));
  const { code, document } = await caller.ask('adopt', [], { ...options, yes: true });
  assert.equal(code, 9, JSON.stringify(document));
  const declarations = document['declarations'] as Record<string, unknown>[];
  const [several = {}, one = {}] = declarations;
  assert.deepEqual([several['state'], one['state'], one['clientId']], ['several', 'adopt', single.id]);
  assert.deepEqual([...(several['clientIds'] as string[])].sort(), twice.map(({ id }) => id).sort());
  assert.deepEqual(
    twice.map(({ id }) => JSON.stringify(clientAt(world, id))),
    before,
  );
  const unmatched = (document['unmatched'] as { clientId: string }[]).map(({ clientId }) => clientId);
  assert.deepEqual([unmatched.includes(other.id), unmatched.includes(former.id)], [true, false]);
  assert.equal(clientAt(world, other.id).keys.length, 1);
});

test('a manifest that is wrong holds back itself', async () => {
  const file = await caller.write('wrong.yaml', application('feil', { sessionLifetime: 1 }));
  const { code, document } = await caller.ask('adopt', [], { file: [file], tenant });
  assert.deepEqual([code, document['declarations']], [3, []]);
});
