/** From an exposed scope to its request body, field by field; and from a returned scope to what a write would change. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import { scopeBody, scopeChanges, type ScopeBody } from '../../domain/scope-body.ts';

const client: OAuthClientName = {
  tenant: 'etat',
  environment: 'test',
  cluster: 'dev-gcp',
  namespace: 'team',
  name: 'app',
  kind: 'maskinporten',
};

const exposed: ExposedScope = {
  enabled: true,
  prefix: 'etat',
  product: 'arbeid',
  name: 'inntekt',
  separator: ':',
  atMaxAge: 30,
  allowedIntegrations: ['maskinporten'],
  consumers: [{ orgno: '889640782', name: 'NAV' }],
  accessibleForAll: false,
  visibility: 'public',
};

const issuer = 'https://tt02.altinn.no/';
const bodyOf = (changes: Partial<ExposedScope>): ScopeBody => scopeBody({ ...exposed, ...changes }, client, issuer);

const body: ScopeBody = {
  accessible_for_all: false,
  active: true,
  allowed_integration_types: ['maskinporten'],
  at_max_age: 30,
  description: 'arbeid - dev-gcp:team:app',
  prefix: 'etat',
  requires_pseudonymous_tokens: false,
  requires_user_authentication: false,
  requires_user_consent: false,
  subscope: 'arbeid:inntekt',
  token_type: 'SELF_CONTAINED',
  visibility: 'PUBLIC',
};

describe('the body of a scope', () => {
  const rows: ReadonlyArray<readonly [declared: Partial<ExposedScope>, expected: Partial<ScopeBody>]> = [
    [{}, {}],
    [{ enabled: false }, { active: false }],
    [{ product: 'helse' }, { subscope: 'helse:inntekt', description: 'helse - dev-gcp:team:app' }],
    [{ name: 'v1/inntekt', separator: '/' }, { subscope: 'arbeid/v1/inntekt' }],
    [{ separator: '.' }, { subscope: 'arbeid.inntekt' }],
    [{ atMaxAge: 680 }, { at_max_age: 680 }],
    [{ allowedIntegrations: ['krr', 'idporten'] }, { allowed_integration_types: ['krr', 'idporten'] }],
    [{ consumers: [] }, {}],
    [{ accessibleForAll: true }, { accessible_for_all: true }],
    [
      { separator: '/', delegationSource: 'altinn' },
      { subscope: 'arbeid/inntekt', delegation_source: issuer },
    ],
    [{ visibility: 'private' }, { visibility: 'PRIVATE' }],
  ];
  for (const [declared, expected] of rows) {
    test(JSON.stringify(declared), () => assert.deepEqual(bodyOf(declared), { ...body, ...expected }));
  }

  test('is never made without the issuer that its delegations need', () => {
    assert.throws(() => scopeBody({ ...exposed, delegationSource: 'altinn' }, client), TypeError);
    assert.deepEqual(scopeBody(exposed, client), body);
  });
});

describe('what a write of a scope would change', () => {
  const wanted = bodyOf({ separator: '/', delegationSource: 'altinn', allowedIntegrations: ['maskinporten', 'krr'] });
  const found = { ...wanted, name: 'etat:arbeid/inntekt', owner_orgno: '991825827', created: 'then' };

  test('is nothing where nothing differs', () => {
    assert.deepEqual(scopeChanges(wanted, found), []);
    assert.deepEqual(scopeChanges(wanted, { ...found, allowed_integration_types: ['krr', 'maskinporten'] }), []);
    const { accessible_for_all: _a, requires_user_consent: _b, requires_user_authentication: _c, ...bare } = found;
    assert.deepEqual(scopeChanges(wanted, bare), [], 'what Digdir leaves out has its default');
    assert.deepEqual(scopeChanges(body, { ...body, delegation_source: '' }), []);
    assert.deepEqual(scopeChanges(body, { ...body, delegation_source: null }), []);
  });

  const differences: ReadonlyArray<readonly [field: keyof ScopeBody, from: unknown]> = [
    ['active', false],
    ['description', 'mine'],
    ['accessible_for_all', true],
    ['visibility', 'PRIVATE'],
    ['visibility', 'INTERNAL'],
    ['allowed_integration_types', ['maskinporten']],
    ['allowed_integration_types', []],
    ['at_max_age', 0],
    ['delegation_source', 'https://other.no/'],
    ['delegation_source', null],
    ['token_type', 'OPAQUE'],
    ['requires_pseudonymous_tokens', true],
    ['requires_user_authentication', true],
    ['requires_user_consent', true],
  ];
  for (const [field, from] of differences) {
    test(`is ${field} where that is ${JSON.stringify(from)}`, () => {
      const [change, ...more] = scopeChanges(wanted, { ...found, [field]: from });
      assert.deepEqual(more, []);
      assert.deepEqual([change?.field, change?.from, change?.to], [field, from, wanted[field]]);
      assert.ok(change?.reason);
    });
  }

  test('takes away a delegation source that is declared no more', () => {
    const [change, ...more] = scopeChanges(body, { ...body, delegation_source: issuer });
    assert.deepEqual(more, []);
    assert.deepEqual([change?.field, change?.from, change?.to], ['delegation_source', issuer, null]);
  });

  test('bears whatever Digdir returns', () => {
    assert.equal(scopeChanges(body, {}).length, 6);
    assert.equal(scopeChanges(body, { ...body, description: { no: 1 } })[0]?.from, '{"no":1}');
  });
});
