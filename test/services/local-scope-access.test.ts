import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startDigdir } from '../../local/digdir/server.ts';
import { startTestWorld, type TestWorld } from './local-digdir.ts';
import {
  apiCaller,
  type ApiReply,
  type Call,
  create,
  each,
  MACHINE_CLIENT,
  refused,
  scopeCaller,
  withSettings,
} from './self-service-caller.ts';

const OWNER = '310628107';
const CONSUMER = '889640782';
const OTHER = '999999999';
let world: TestWorld;
let call: Call;
let consumer: Call;
let stranger: Call;

before(async () => {
  world = await startTestWorld();
  call = scopeCaller(await apiCaller(world, OWNER));
  consumer = scopeCaller(await apiCaller(world, CONSUMER));
  stranger = scopeCaller(await apiCaller(world, OTHER));
  world.digdir.registerPrefix(OWNER, 'etat');
  world.digdir.registerOrganisation(CONSUMER, 'Arbeids- og velferdsetaten');
});
after(() => world.close());

describe('an access', () => {
  test('is given, and given again without a change', async () => {
    const scope = await make('helse/given');
    const given = await give(scope, CONSUMER);
    assert.equal(given.status, 200);
    const { created, last_updated: updated, ...rest } = given.body;
    assert.match(String(created), /^\d{4}-\d\d-\d\dT/);
    assert.equal(updated, created);
    assert.deepEqual(rest, {
      scope,
      owner_orgno: OWNER,
      owner_organization_name: `Organisasjon ${OWNER}`,
      consumer_orgno: CONSUMER,
      consumer_organization_name: 'Arbeids- og velferdsetaten',
      state: 'APPROVED',
    });
    assert.deepEqual(await give(scope, CONSUMER), given);
    assert.deepEqual((await of(scope)).body, [given.body]);
  });

  test('is withdrawn softly: answered, denied, hidden; PUT gives it again', async () => {
    const scope = await make('withdrawn');
    const { body: former } = await give(scope, CONSUMER);
    const withdrawn = await withdraw(scope, CONSUMER);
    assert.equal(withdrawn.status, 200);
    assert.deepEqual(withdrawn.body, { ...former, state: 'DENIED', last_updated: withdrawn.body['last_updated'] });
    assert.deepEqual((await of(scope)).body, []);
    assert.deepEqual((await of(scope, '&inactive=TRUE')).body, [withdrawn.body]);
    const again = await give(scope, CONSUMER);
    assert.deepEqual([again.status, again.body['state'], again.body['created']], [200, 'APPROVED', former['created']]);
    assert.deepEqual(each(await of(scope, '&inactive=true'), 'state'), ['APPROVED']);
  });

  test('that was never given cannot be withdrawn: 404; a second time changes nothing, or is a conflict', async () => {
    const scope = await make('never');
    refused(await withdraw(scope, CONSUMER), 404, /Scope access not found/);
    await give(scope, CONSUMER);
    const first = await withdraw(scope, CONSUMER);
    assert.deepEqual(await withdraw(scope, CONSUMER), first);
    await withSettings(world, { repeatedDeletes: false }, async () =>
      refused(await withdraw(scope, CONSUMER), 409, /The access is not active/),
    );
  });

  test('outlives the deactivation of its scope, and can be withdrawn then, but not given', async () => {
    const scope = await make('asleep');
    await give(scope, CONSUMER);
    await give(scope, OTHER);
    await call('DELETE', `/scopes?scope=${scope}`);
    assert.deepEqual(each(await of(scope), 'consumer_orgno'), [CONSUMER, OTHER]);
    assert.ok(each(await consumer('GET', '/scopes/access/all'), 'scope').includes(scope));
    assert.equal((await withdraw(scope, OTHER)).status, 200);
    refused(await give(scope, OTHER), 409, /The scope is not active/);
    await withSettings(world, { inactiveScopesTakeConsumers: true }, async () =>
      assert.equal((await give(scope, OTHER)).status, 200),
    );
    await call('PUT', `/scopes?scope=${scope}`, { description: 'Våken', active: true });
    assert.deepEqual(each(await of(scope), 'consumer_orgno'), [CONSUMER, OTHER]);
  });
});

describe('a consumer', () => {
  test('is known by a client, by a prefix, or to Digdir’s staff', async () => {
    const scope = await make('known');
    const [supplied, prefixed, registered] = ['910753614', '971032081', '974760673'];
    for (const orgno of [supplied, prefixed, registered]) refused(await give(scope, orgno), 400, unknown(orgno));
    await create((verb, path, body) => call(verb, path, body, 'idporten:dcr.supplier'), {
      ...MACHINE_CLIENT,
      client_orgno: supplied,
    });
    world.digdir.registerPrefix(prefixed, 'nyetat');
    world.digdir.registerOrganisation(registered, 'Brønnøysundregistrene');
    for (const orgno of [supplied, prefixed, registered]) assert.equal((await give(scope, orgno)).status, 200, orgno);
    assert.deepEqual(each(await of(scope), 'consumer_orgno'), [supplied, prefixed, registered]);
  });

  test('with a wrong check digit is unknown, whatever is registered, and needs nine digits', async () => {
    const scope = await make('digits');
    world.digdir.registerOrganisation('123456789', 'Finnes ikke');
    refused(await give(scope, '123456789'), 400, unknown('123456789'));
    for (const orgno of ['88964078', '8896407822', 'orgno', 'all']) {
      refused(await give(scope, orgno), 400, /consumer_orgno must be 9 digits/);
      refused(await withdraw(scope, orgno), 400, /consumer_orgno must be 9 digits/);
    }
    assert.deepEqual((await of(scope, '&inactive=true')).body, []);
  });

  test('may be the owner itself', async () => {
    const scope = await make('own');
    assert.equal((await give(scope, OWNER)).status, 200);
    assert.ok(each(await call('GET', '/scopes/access/all'), 'scope').includes(scope));
  });
});

describe('lists', () => {
  test('what the caller has given: by scope, by consumer, by both', async () => {
    const [one, two] = [await make('list/one'), await make('list/two')];
    for (const [scope, orgno] of [
      [one, CONSUMER],
      [one, OTHER],
      [two, OTHER],
    ] as const)
      await give(scope, orgno);
    assert.deepEqual(each(await of(one), 'consumer_orgno'), [CONSUMER, OTHER]);
    const to = (more: string) => call('GET', `/scopes/access?consumer_orgno=${OTHER}${more}`);
    const scopes = each(await to(''), 'scope');
    assert.ok(scopes.includes(one) && scopes.includes(two), JSON.stringify(scopes));
    assert.ok(each(await to(''), 'consumer_orgno').every((orgno) => orgno === OTHER));
    assert.deepEqual(each(await to(`&scope=${one}`), 'scope'), [one]);
    assert.deepEqual((await stranger('GET', `/scopes/access?consumer_orgno=${CONSUMER}`)).body, []);
  });

  test('what the caller was given, what Digdir gave among it, without what was withdrawn', async () => {
    const [kept, gone] = [await make('kept'), await make('gone')];
    for (const scope of [kept, gone]) await give(scope, CONSUMER);
    await withdraw(gone, CONSUMER);
    const active = each(await consumer('GET', '/scopes/access/all'), 'scope');
    assert.ok(active.includes(kept) && active.includes('idporten:dcr.read') && !active.includes(gone));
    const all = await consumer('GET', '/scopes/access/all?inactive=true');
    assert.equal(each(all, 'state')[each(all, 'scope').indexOf(gone)], 'DENIED');
  });

  test('without a filter: 400; of a scope of another: 403; of none: 404', async () => {
    const scope = await make('filter');
    refused(await call('GET', '/scopes/access'), 400, /Either scope or consumer_orgno is required/);
    refused(await stranger('GET', `/scopes/access?scope=${scope}`), 403, /belongs to another organization/);
    refused(await call('GET', '/scopes/access?scope=etat:none'), 404, /Scope not found/);
  });

  test('an empty one can come as an error', async () => {
    const scope = await make('empty');
    await withSettings(world, { emptyScopesAsError: true }, async () =>
      refused(await of(scope), 404, /does not have any scope accesses/),
    );
  });
});

test('who may: the owner of the scope, with the right to write; to read, the right to read or to write', async () => {
  const scope = await make('rights');
  const path = `/scopes/access/${CONSUMER}?scope=${scope}`;
  for (const verb of ['PUT', 'DELETE']) {
    refused(await stranger(verb, path), 403, /belongs to another organization/);
    refused(await call(verb, path, undefined, 'idporten:scopes.read'), 403, /Insufficient scope/);
    refused(await call(verb, path, undefined, 'idporten:dcr.write'), 403, /Insufficient scope/);
    refused(await call(verb, `/scopes/access/${CONSUMER}`), 400, /Required parameter scope is missing/);
    refused(await call(verb, `/scopes/access/${CONSUMER}?scope=etat:none`), 404, /Scope not found/);
  }
  for (const query of [`?scope=${scope}`, '/all']) {
    const read = () => call('GET', `/scopes/access${query}`, undefined, 'idporten:scopes.write');
    assert.equal((await read()).status, 200, 'who may write may read, as digdirator does');
    await withSettings(world, { writeImpliesRead: false }, async () =>
      refused(await read(), 403, /Insufficient scope/),
    );
  }
  assert.deepEqual((await of(scope, '&inactive=true')).body, []);
});

test('a restart on the same folder knows accesses, prefixes and names', async (t) => {
  const { authority, calls, folder } = world;
  const first = await startDigdir({ folder: `${folder}/kept`, calls, authority });
  const scope = 'etat:kept';
  first.registerPrefix(OWNER, 'etat');
  first.registerOrganisation(CONSUMER, 'Nav');
  first.registerScope({ name: scope, owner_orgno: OWNER });
  first.registerAdminClient({ clientId: 'kept', organisation: CONSUMER, scopes: [scope] });
  first.withdrawAccess(scope, CONSUMER);
  const { accesses } = first.inspect();
  await first.close();
  const second = await startDigdir({ folder: `${folder}/kept`, calls, authority });
  t.after(() => second.close());
  assert.deepEqual(second.inspect().accesses, accesses);
  assert.deepEqual([accesses[0]?.scope, accesses[0]?.consumer, accesses[0]?.state], [scope, CONSUMER, 'DENIED']);
  const get = async (path: string) => (await fetch(`${second.selfService.base}${path}`)).json();
  assert.deepEqual(await get(`/organizations/${CONSUMER}`), { orgnr: CONSUMER, name: 'Nav' });
  assert.match(JSON.stringify(await get('/prefix/all')), /"prefix":"etat","owner_orgno":"310628107"/);
});

/** The name of a new scope. */
async function make(subscope: string): Promise<string> {
  const reply = await call('POST', '/scopes', { prefix: 'etat', subscope, description: subscope });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return String(reply.body['name']);
}

async function give(scope: string, orgno: string): Promise<ApiReply> {
  return call('PUT', `/scopes/access/${orgno}?scope=${scope}`);
}

async function withdraw(scope: string, orgno: string): Promise<ApiReply> {
  return call('DELETE', `/scopes/access/${orgno}?scope=${scope}`);
}

async function of(scope: string, more = ''): Promise<ApiReply> {
  return call('GET', `/scopes/access?scope=${scope}${more}`, undefined, 'idporten:scopes.read');
}

function unknown(orgno: string): RegExp {
  return new RegExp(`Unknown organization ${orgno}`);
}
