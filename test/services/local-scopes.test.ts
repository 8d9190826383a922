import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestWorld, type TestWorld } from './local-digdir.ts';
import {
  apiCaller,
  type ApiReply,
  type Call,
  each,
  refused,
  scopeCaller,
  withSettings,
} from './self-service-caller.ts';

const OWNER = '310628107';
const OTHER = '999999999';
let world: TestWorld;
let call: Call;
let stranger: Call;

before(async () => {
  world = await startTestWorld();
  call = scopeCaller(await apiCaller(world, OWNER));
  stranger = scopeCaller(await apiCaller(world, OTHER));
  world.digdir.registerPrefix(OWNER, 'etat');
  world.digdir.registerPrefix(OWNER, 'forlatt');
  world.digdir.withdrawPrefix('forlatt');
  world.digdir.registerPrefix(OTHER, 'annen');
});
after(() => world.close());

/** What digdirator sends for a scope that an application exposes. */
const EXPOSED = {
  prefix: 'etat',
  name: '',
  description: 'helse - dev:team:journal',
  active: true,
  accessible_for_all: false,
  allowed_integration_types: ['maskinporten'],
  at_max_age: 30,
  delegation_source: 'https://tt02.altinn.no/',
  token_type: 'SELF_CONTAINED',
  visibility: 'PRIVATE',
  requires_pseudonymous_tokens: false,
  requires_user_authentication: false,
  requires_user_consent: false,
} as const;

describe('a scope', () => {
  test('is made of prefix, subscope and description, with the defaults filled in, and read as it was answered', async () => {
    const made = await call('POST', '/scopes', { prefix: 'etat', subscope: 'least', description: 'Minst' });
    assert.equal(made.status, 201);
    const { created, last_updated: updated, ...rest } = made.body;
    assert.match(String(created), /^\d{4}-\d\d-\d\dT/);
    assert.equal(created, updated);
    assert.deepEqual(rest, {
      name: 'etat:least',
      prefix: 'etat',
      subscope: 'least',
      description: 'Minst',
      active: true,
      visibility: 'PUBLIC',
      allowed_integration_types: [],
      token_type: 'SELF_CONTAINED',
      accessible_for_all: false,
      at_max_age: 0,
      authorization_max_lifetime: 0,
      requires_user_consent: false,
      requires_user_authentication: false,
      requires_pseudonymous_tokens: false,
      owner_orgno: OWNER,
    });
    assert.deepEqual(await read('etat:least'), { status: 200, body: made.body });
  });

  test('keeps all that is said of it', async () => {
    const { body } = await call('POST', '/scopes', { ...EXPOSED, subscope: 'helse/journal.read' });
    const { created: _created, last_updated: _updated, ...rest } = body;
    const name = 'etat:helse/journal.read';
    const zero = { authorization_max_lifetime: 0, owner_orgno: OWNER };
    assert.deepEqual(rest, { ...EXPOSED, name, subscope: 'helse/journal.read', ...zero });
  });

  test('is replaced as a whole: what is left out has its default again', async () => {
    const name = await make('replaced', { at_max_age: 30, long_description: 'Langt' });
    const { body: former } = await read(name);
    const put = await call('PUT', query(name), { description: 'Nytt', delegation_source: '' });
    assert.equal(put.status, 200);
    const { long_description: _long, delegation_source: _source, ...kept } = former;
    const { last_updated: updated } = put.body;
    const changed = { at_max_age: 0, visibility: 'PUBLIC', allowed_integration_types: [], last_updated: updated };
    assert.deepEqual(put.body, { ...kept, description: 'Nytt', ...changed });
    assert.deepEqual((await read(name)).body, put.body);
  });

  test('what was read can be sent back; unknown fields are dropped, and refused when that is set', async () => {
    const name = await make('returned');
    const { body } = await read(name);
    const more = { ...body, 'description#en': 'In English' };
    const put = await call('PUT', query(name), more);
    assert.equal(put.status, 200);
    assert.deepEqual({ ...put.body, last_updated: body['last_updated'] }, body);
    await withSettings(world, { refuseUnknownFields: true }, async () => {
      assert.equal((await call('PUT', query(name), body)).status, 200);
      refused(await call('PUT', query(name), more), 400, /description#en is unknown/);
    });
  });

  test('is deleted softly: answered, hidden, inactive, never brought back by POST, but by PUT', async () => {
    const name = await make('soft');
    const deleted = await call('DELETE', query(name));
    assert.deepEqual([deleted.status, deleted.body['name'], deleted.body['active']], [200, name, false]);
    assert.deepEqual((await read(name)).body, deleted.body);
    assert.deepEqual(await listed(name), { active: false, all: true });
    refused(await call('POST', '/scopes', { ...EXPOSED, subscope: 'soft' }), 409, /The scope etat:soft exists/);
    const back = await call('PUT', query(name), { ...EXPOSED, active: true });
    assert.deepEqual([back.status, back.body['active']], [200, true]);
    assert.deepEqual(await listed(name), { active: true, all: true });
    refused(await call('POST', '/scopes', { ...EXPOSED, subscope: 'soft' }), 409, /exists/);
  });

  test('is deactivated by PUT too; a second DELETE changes nothing, and is a conflict when that is set', async () => {
    const name = await make('asleep');
    assert.equal((await call('PUT', query(name), { ...EXPOSED, active: false })).body['active'], false);
    const { body } = await read(name);
    assert.deepEqual(await call('DELETE', query(name)), { status: 200, body });
    await withSettings(world, { repeatedDeletes: false }, async () =>
      refused(await call('DELETE', query(name)), 409, /not active/),
    );
  });

  test('of another organisation: 403; none: 404; none named: 400; without the right: 403', async () => {
    const name = await make('guarded');
    for (const [verb, body] of [
      ['PUT', EXPOSED],
      ['DELETE', undefined],
    ] as const) {
      refused(await stranger(verb, query(name), body), 403, /belongs to another organization/);
      refused(await call(verb, query('etat:none'), body), 404, /Scope not found/);
      refused(await call(verb, '/scopes', body), 400, /Required parameter scope is missing/);
      refused(await call(verb, query(name), body, 'idporten:scopes.read'), 403, /Insufficient scope/);
      refused(await call(verb, query(name), body, 'idporten:dcr.write'), 403, /Insufficient scope/);
    }
    refused(await stranger('GET', `/scopes/scope?scope=${name}`), 403, /another organization/);
    refused(await call('GET', '/scopes/scope'), 400, /Required parameter scope is missing/);
    refused(await call('POST', '/scopes', EXPOSED, 'idporten:scopes.read'), 403, /Insufficient scope/);
    assert.equal((await read(name)).body['description'], EXPOSED.description);
  });
});

describe('bodies that are refused', () => {
  const rows: [name: string, change: object, message: RegExp, status?: number][] = [
    ['no description', { description: undefined }, /description is required/],
    ['a blank description', { description: ' ' }, /description is required/],
    ['a description of 256 letters', { description: 'x'.repeat(256) }, /description is longer than 255/],
    ['no prefix', { prefix: undefined }, /prefix is required/],
    ['no subscope', { subscope: '' }, /subscope is required/],
    ['a space', { subscope: 'to ord' }, /subscope has characters that no scope may have/],
    ['a quotation mark', { subscope: 'et"ord' }, /subscope has characters/],
    ['a backslash', { subscope: 'et\\ord' }, /subscope has characters/],
    ['letters beyond ASCII', { subscope: 'søknad' }, /subscope has characters/],
    ['a name of 256 letters', { subscope: 'x'.repeat(251) }, /subscope makes a name that is longer than 255/],
    ['another name', { name: 'etat:other' }, /name is not prefix:subscope/],
    ['an unknown integration type', { allowed_integration_types: ['altinn'] }, /allowed_integration_types must be/],
    ['one in place of a list', { allowed_integration_types: 'maskinporten' }, /allowed_integration_types must be/],
    ['an unknown visibility', { visibility: 'HIDDEN' }, /visibility must be one of INTERNAL, PRIVATE, PUBLIC/],
    ['Digdir’s own visibility', { visibility: 'INTERNAL' }, /INTERNAL can only be set by Digdir/],
    ['an unknown kind of token', { token_type: 'JWT' }, /token_type must be one of SELF_CONTAINED, OPAQUE/],
    ['a negative age', { at_max_age: -1 }, /at_max_age must be a whole number, 0 or greater/],
    ['half a second', { authorization_max_lifetime: 0.5 }, /authorization_max_lifetime must be a whole number/],
    ['an age in words', { at_max_age: '30' }, /at_max_age/],
    ['a flag in words', { accessible_for_all: 'yes' }, /accessible_for_all must be true or false/],
    ['an unknown delegation source', { delegation_source: 'altinn' }, /delegation_source altinn is not known/],
    ['another owner', { owner_orgno: OTHER }, /owner_orgno is another organization/],
    ['an unknown prefix', { prefix: 'ingens' }, /prefix ingens is not a known prefix/],
    ['a withdrawn prefix', { prefix: 'forlatt' }, /prefix forlatt is not a known prefix/],
    ['the prefix of another', { prefix: 'annen' }, /prefix belongs to another organization/, 403],
  ];
  for (const [name, change, message, status = 400] of rows) {
    test(name, async () =>
      refused(await call('POST', '/scopes', { ...EXPOSED, subscope: 'refused', ...change }), status, message),
    );
  }

  test('none of them left anything behind', async () => {
    const all = each(await call('GET', '/scopes?inactive=true'), 'name');
    assert.ok(!all.some((name) => String(name).includes('refused')), JSON.stringify(all));
  });

  test('all findings come together, as findings of a scope', async () => {
    const { body } = await call('POST', '/scopes', { ...EXPOSED, subscope: 'x', description: 1, at_max_age: -1 });
    const isFieldError = true;
    assert.deepEqual(body['errors'], [
      {
        errorMessage: 'description must be a string',
        isFieldError,
        objectName: 'Scope',
        fieldIdentifier: 'description',
      },
      {
        errorMessage: 'at_max_age must be a whole number, 0 or greater',
        isFieldError,
        objectName: 'Scope',
        fieldIdentifier: 'at_max_age',
      },
    ]);
  });

  test('what cannot change: name, prefix, subscope, owner', async () => {
    const name = await make('fixed');
    const change = { name: 'etat:other', prefix: 'annen', subscope: 'other' };
    const reply = await call('PUT', query(name), { ...EXPOSED, ...change, owner_orgno: OTHER });
    for (const field of Object.keys(change)) refused(reply, 400, new RegExp(`${field} cannot be changed`));
    refused(reply, 400, /owner_orgno is another organization/);
    refused(await call('PUT', query(name), { ...EXPOSED, description: undefined }), 400, /description is required/);
  });

  test('letters beyond ASCII pass when that is set, and so does a name of 255 letters', async () => {
    await withSettings(world, { norwegianLettersInScopes: true }, async () => {
      const { body } = await call('POST', '/scopes', { ...EXPOSED, subscope: 'søknad/ålesund.les' });
      assert.deepEqual((await read('etat:søknad/ålesund.les')).body, body);
    });
    await make('/'.repeat(250));
  });
});

describe('lists', () => {
  test('the own scopes, the inactive ones on request, in any case', async () => {
    const name = await make('listed');
    await call('DELETE', query(name));
    assert.ok(each(await call('GET', '/scopes?inactive=TRUE'), 'name').includes(name));
    assert.ok(!each(await call('GET', '/scopes'), 'name').includes(name));
    assert.deepEqual(each(await stranger('GET', '/scopes?inactive=true'), 'name'), []);
  });

  test('all public scopes without a token, as the query asks', async () => {
    const open = { description: 'Felles', visibility: 'PUBLIC' };
    const types = { allowed_integration_types: ['api_klient'] };
    for (const [subscope, change] of [
      ['plain', {}],
      ['open', { accessible_for_all: true }],
      ['login', types],
      ['delegable', { delegation_source: 'https://tt02.altinn.no/' }],
      ['hidden', { visibility: 'PRIVATE' }],
    ] as const) {
      const made = await stranger('POST', '/scopes', { ...open, prefix: 'annen', subscope, ...change });
      assert.equal(made.status, 201);
    }
    await stranger('DELETE', query('annen:plain'));
    const all = async (more = '') => each(await openGet(`/scopes/all?prefix=annen${more}`), 'subscope');
    assert.deepEqual(await all(), ['open', 'login', 'delegable']);
    assert.deepEqual(await all('&inactive=true'), ['plain', 'open', 'login', 'delegable']);
    assert.deepEqual(await all('&accessible_for_all=true'), ['open']);
    assert.deepEqual(await all('&accessible_for_all=false'), ['login', 'delegable']);
    assert.deepEqual(await all('&delegated_sources=true'), ['delegable']);
    assert.deepEqual(await all('&delegated_sources=false'), ['open', 'login']);
    assert.deepEqual(await all('&integration_type=MASKINPORTEN'), ['open', 'delegable']);
    const [ours] = each(await openGet('/scopes/all?prefix=idporten'), 'owner_orgno');
    assert.equal(ours, '991825827');
  });

  test('the own prefixes, and all of them without a token', async () => {
    const own = await call('GET', '/prefix', undefined, 'idporten:scopes.write');
    assert.deepEqual(each(own, 'prefix'), ['etat']);
    assert.deepEqual(each(own, 'owner_orgno'), [OWNER]);
    refused(await call('GET', '/prefix', undefined, 'idporten:dcr.read'), 403, /Insufficient scope/);
    assert.deepEqual(each(await openGet('/prefix/all'), 'prefix'), ['idporten', 'krr', 'etat', 'annen']);
    const all = await openGet('/prefix/all?inactive=true');
    assert.deepEqual(each(all, 'prefix'), ['idporten', 'krr', 'etat', 'forlatt', 'annen']);
    assert.equal(each(all, 'organization_name')[0], 'Digitaliseringsdirektoratet');
  });

  test('no prefixes at all can come as an error', async () => {
    const poor = scopeCaller(await apiCaller(world, '974760673'));
    assert.deepEqual((await poor('GET', '/prefix')).body, []);
    await withSettings(world, { emptyScopesAsError: true }, async () =>
      refused(await poor('GET', '/prefix'), 404, /Organization 974760673 does not have any prefixes/),
    );
  });

  test('the name of an organisation without a token: one that is registered, or known by what it has', async () => {
    world.digdir.registerOrganisation('889640782', 'Arbeids- og velferdsetaten');
    const name = async (orgnr: string) => (await openGet(`/organizations/${orgnr}`)).body;
    assert.deepEqual(await name('889640782'), { orgnr: '889640782', name: 'Arbeids- og velferdsetaten' });
    assert.deepEqual(await name(OWNER), { orgnr: OWNER, name: `Organisasjon ${OWNER}` });
    refused(await openGet('/organizations/910753614'), 404, /Organization not found/);
  });
});

/** The name of a new scope. */
async function make(subscope: string, change: object = {}): Promise<string> {
  const reply = await call('POST', '/scopes', { ...EXPOSED, subscope, ...change });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return String(reply.body['name']);
}

function query(name: string): string {
  return `/scopes?scope=${encodeURIComponent(name)}`;
}

async function read(name: string): Promise<ApiReply> {
  return call('GET', `/scopes/scope?scope=${encodeURIComponent(name)}`, undefined, 'idporten:scopes.read');
}

async function openGet(path: string): Promise<ApiReply> {
  const response = await fetch(`${world.digdir.selfService.base}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function listed(name: string): Promise<{ active: boolean; all: boolean }> {
  const has = async (more: string) => each(await call('GET', `/scopes${more}`), 'name').includes(name);
  return { active: await has(''), all: await has('?inactive=true') };
}
