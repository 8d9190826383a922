/** Right declarations of Maskinporten clients: every field to what should be registered, and to what Digdir is told. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readManifests } from '../../documents/manifests.ts';
import { readTenantFile } from '../../documents/tenant-file.ts';
import type { ClientBody } from '../../domain/client-body.ts';
import { maskinportenBody } from '../../domain/maskinporten-body.ts';
import { markerOf, subscopeOf, type ExposedScope, type MaskinportenSpec } from '../../domain/oauth-client.ts';
import { scopeBody, type ScopeBody } from '../../domain/scope-body.ts';
import {
  allDeclared,
  application,
  declaredMaskinporten,
  exposing,
  manifestTenant,
  maskinportenClient,
  withBoth,
} from '../manifests.ts';

const issuer = 'https://tt02.altinn.no/';

/** The same scopes, declared by an Application, whose block stands four columns to the right of a client's `scopes`. */
const asApplication = (text: string): string => {
  const [, scopes = ''] = text.split(/^ {2}scopes:\n/m);
  return withBoth('scopes:', ...scopes.split('\n').map((line) => line.slice(2)))
    .replace(/ {2}idporten:\n.*\n/, '')
    .replace(/ {2}ingresses.*\n/, '');
};

const clientSpec: MaskinportenSpec = {
  integrationType: 'maskinporten',
  clientName: 'Etaten',
  clientUri: 'https://www.etat.no',
  consumes: ['skatt:inntekt'],
  exposes: [],
  accessTokenLifetime: 3000,
  sessionLifetime: 7000,
  oldKeys: { until: 'acknowledged' },
  preserve: false,
};

const exposed: ExposedScope = {
  enabled: true,
  prefix: 'etat',
  product: 'arbeid',
  name: 'inntekt',
  separator: ':',
  atMaxAge: 30,
  allowedIntegrations: ['maskinporten'],
  consumers: [],
  accessibleForAll: false,
  visibility: 'public',
};

describe('a declared Maskinporten client', () => {
  test('is named by its document, and has the defaults of the tenant file', () => {
    for (const text of [maskinportenClient(), asApplication(maskinportenClient())]) {
      const { client, spec, where } = declaredMaskinporten(text);
      assert.deepEqual([client.kind, markerOf(client), where], ['maskinporten', 'dev-gcp:team:app', 'm.yaml:1:1']);
      assert.deepEqual(spec, clientSpec);
    }
  });

  const rows: ReadonlyArray<
    readonly [what: string, text: string, spec: Partial<MaskinportenSpec>, body: Partial<ClientBody>]
  > = [
    ['nothing more', maskinportenClient(), {}, {}],
    ['a name', `${maskinportenClient()}\n  clientName: Inntekt`, { clientName: 'Inntekt' }, { client_name: 'Inntekt' }],
    [
      'a long name',
      `${maskinportenClient()}\n  clientName: ${'x'.repeat(255)}`,
      { clientName: 'x'.repeat(255) },
      { client_name: 'x'.repeat(255) },
    ],
    ['the name of a secret', `${maskinportenClient()}\n  secretName: anything`, {}, {}],
    [
      'two scopes',
      maskinportenClient().replace('[{', '[{ name: "altinn:serviceowner/instances.read" }, {'),
      { consumes: ['altinn:serviceowner/instances.read', 'skatt:inntekt'] },
      { scopes: ['altinn:serviceowner/instances.read', 'skatt:inntekt'] },
    ],
    [
      'an empty list of scopes',
      maskinportenClient().replace(/\[.*\]/, '[]'),
      { consumes: ['etat:standard'] },
      { scopes: ['etat:standard'] },
    ],
    [
      'no list of scopes',
      exposing().replace(/ {4}consumes.*\n/, ''),
      { consumes: ['etat:standard'], exposes: [exposed] },
      { scopes: ['etat:standard'] },
    ],
    [
      'no scopes at all',
      maskinportenClient().replace(/spec:[^]*/, 'spec: {}'),
      { consumes: ['etat:standard'] },
      { scopes: ['etat:standard'] },
    ],
    [
      'annotations',
      maskinportenClient().replace(
        'team }',
        'team, annotations: { digdir.nais.io/preserve: "true", digdir.nais.io/old-keys: 7d } }',
      ),
      { preserve: true, oldKeys: { until: 'elapsed', seconds: 7 * 86_400 } },
      {},
    ],
  ];
  const bodyOf = (text: string): ClientBody => {
    const { client, spec } = declaredMaskinporten(text);
    return maskinportenBody(client, spec, spec.consumes);
  };
  for (const [what, text, spec, body] of rows) {
    test(`says ${what}`, () => {
      assert.deepEqual(declaredMaskinporten(text).spec, { ...clientSpec, ...spec });
      assert.deepEqual(bodyOf(text), { ...bodyOf(maskinportenClient()), ...body });
    });
  }
});

describe('an exposed scope', () => {
  const rows: ReadonlyArray<
    readonly [fields: readonly string[], spec: Partial<ExposedScope>, body: Partial<ScopeBody>]
  > = [
    [[], {}, {}],
    [['separator: "."'], { separator: '.' }, { subscope: 'arbeid.inntekt' }],
    [['separator: ":"'], {}, {}],
    [['separator: "/"'], { separator: '/' }, { subscope: 'arbeid/inntekt' }],
    [['atMaxAge: 30'], {}, {}],
    [['atMaxAge: 680'], { atMaxAge: 680 }, { at_max_age: 680 }],
    [
      ['allowedIntegrations: [krr, maskinporten, krr]'],
      { allowedIntegrations: ['krr', 'maskinporten'] },
      { allowed_integration_types: ['krr', 'maskinporten'] },
    ],
    [
      ['consumers: [{ orgno: "889640782", name: NAV }, { orgno: "974760673" }]'],
      { consumers: [{ orgno: '889640782', name: 'NAV' }, { orgno: '974760673' }] },
      {},
    ],
    [['consumers: []'], {}, {}],
    [['accessibleForAll: true'], { accessibleForAll: true }, { accessible_for_all: true }],
    [['accessibleForAll: true', 'consumers: []'], { accessibleForAll: true }, { accessible_for_all: true }],
    [
      ['separator: "/"', 'delegationSource: altinn'],
      { separator: '/', delegationSource: 'altinn' },
      { subscope: 'arbeid/inntekt', delegation_source: issuer },
    ],
    [['visibility: private'], { visibility: 'private' }, { visibility: 'PRIVATE' }],
    [['visibility: public'], {}, {}],
  ];
  const scopesOf = (text: string): readonly ExposedScope[] => declaredMaskinporten(text).spec.exposes;
  const bodyOf = (text: string): ScopeBody | undefined => {
    const { client, spec } = declaredMaskinporten(text);
    return spec.exposes.map((scope) => scopeBody(scope, client, issuer))[0];
  };
  const plain = bodyOf(exposing());
  for (const [fields, spec, body] of rows) {
    test(`that says ${fields.join(', ') || 'what it has to'}`, () => {
      for (const text of [exposing(...fields), asApplication(exposing(...fields))]) {
        assert.deepEqual(scopesOf(text), [{ ...exposed, ...spec }]);
        assert.deepEqual(bodyOf(text), { ...plain, ...body });
      }
    });
  }

  test('has a name with a path by the separator of a path', () => {
    for (const fields of [[], ['separator: "/"'], ['separator: "/"', 'delegationSource: altinn']]) {
      const [scope] = scopesOf(
        exposing(...fields)
          .replace('inntekt\n', 'v1/inntekt.read\n')
          .replace(/inntekt$/, 'v1/inntekt.read'),
      );
      assert.ok(scope);
      assert.deepEqual([scope.separator, subscopeOf(scope)], ['/', 'arbeid/v1/inntekt.read']);
    }
  });

  test('that is not enabled is declared all the same', () => {
    assert.deepEqual(scopesOf(exposing().replace('true', 'false')), [{ ...exposed, enabled: false }]);
  });

  test('may be of 255 letters with its prefix', () => {
    const name = 'i'.repeat(255 - 'etat:arbeid:'.length);
    assert.deepEqual(scopesOf(exposing().replace(/inntekt$/, name)), [{ ...exposed, name }]);
  });

  test('is told from another by product, separator or name', () => {
    const others = ['product: helse', 'name: sykdom', 'separator: "/"'].map((field) => {
      const [key = ''] = field.split(':');
      const lines = ['- enabled: true', '  product: arbeid', '  name: inntekt'].filter((line) => !line.includes(key));
      return [...lines, `  ${field}`];
    });
    const text = `${exposing()}\n${others
      .flat()
      .map((line) => `    ${line}`)
      .join('\n')}`;
    assert.equal(scopesOf(text).length, 4);
  });
});

describe('an application with both clients', () => {
  test('declares two, of the same name and policies', () => {
    const text = withBoth('scopes: { consumes: [{ name: "skatt:inntekt" }] }').replace(
      'team }',
      'team, annotations: { digdir.nais.io/preserve: "true" } }',
    );
    const declarations = allDeclared(text);
    assert.deepEqual(
      declarations.map(({ client, spec, where }) => [client.kind, client.name, spec.integrationType, where]),
      [
        ['idporten', 'app', 'idporten', 'm.yaml:1:1'],
        ['maskinporten', 'app', 'maskinporten', 'm.yaml:1:1'],
      ],
    );
    assert.ok(declarations.every(({ spec }) => spec.preserve));
  });

  test('may declare one in a document of its own', () => {
    const kinds = allDeclared(`${application()}\n---\n${maskinportenClient()}`).map(({ client }) => client.kind);
    assert.deepEqual(kinds, ['idporten', 'maskinporten']);
  });

  test('may have one that is not enabled', () => {
    const kinds = allDeclared(withBoth().replace(/true$/, 'false')).map(({ client }) => client.kind);
    assert.deepEqual(kinds, ['idporten']);
  });
});

test('a tenant without a scope prefix may have clients that consume, and none that expose', () => {
  const { applications, ...tenant } = manifestTenant();
  assert.ok(applications);
  const { maskinporten: _none, ...others } = applications;
  const read = (text: string) => readManifests([{ file: 'm.yaml', text }], { ...tenant, applications: others });
  assert.equal(read(maskinportenClient()).declarations.length, 1);
  assert.deepEqual(read(exposing()).declarations, []);
});

describe('the tenant file', () => {
  const tenantFile = (block: string): string =>
    `tenant: etat
environment: test
organisation: "991825827"
google: { project: etat-prod, location: europe-north1, keyRing: digdir }
platform: group:platform@etat.no
clients: { maskinporten: { clientId: c } }
applications: { cluster: dev, clientName: Etaten, clientURI: "https://etat.no", maskinporten: ${block} }`;
  const read = (block: string) => readTenantFile(tenantFile(block), 't.yaml');

  test('gives the scope prefix, and may give a default scope', () => {
    const given = (block: string) => read(block).tenant?.applications?.maskinporten;
    assert.deepEqual(given('{ scopePrefix: etat }'), { scopePrefix: 'etat' });
    const both = { scopePrefix: 'etat1', defaultScope: 'etat1:standard' };
    assert.deepEqual(given('{ scopePrefix: etat1, defaultScope: "etat1:standard" }'), both);
  });

  const wrong: ReadonlyArray<readonly [block: string, code: string, message: RegExp]> = [
    ['{}', 'FIELD_MISSING', /scopePrefix` is missing/],
    ['yes', 'FIELD_INVALID', /block of fields/],
    ['{ scopePrefix: "etat:" }', 'FIELD_INVALID', /letters and digits/],
    ['{ scopePrefix: "" }', 'FIELD_INVALID', /letters and digits/],
    ['{ scopePrefix: [etat, etat2] }', 'FIELD_INVALID', /has to be a text, not a list/],
    ['{ scopePrefix: etat, scopePrefixes: [etat] }', 'FIELD_UNKNOWN', /mean `scopePrefix`/],
    ['{ scopePrefix: etat, defaultScope: standard }', 'FIELD_INVALID', /prefix:subscope/],
    ['{ scopePrefix: etat, defaultScope: "idporten:dcr.read" }', 'SCOPE_NOT_ALLOWED', /admin clients only/],
  ];
  for (const [block, code, message] of wrong) {
    test(`is wrong with ${block}`, () => {
      const { tenant, findings } = read(block);
      assert.equal(tenant, undefined);
      assert.deepEqual(
        findings.map((finding) => finding.code),
        [code],
      );
      assert.match(findings[0]?.message ?? '', message);
    });
  }
});
