/** Wrong declarations of Maskinporten clients: each with its code and place, all findings at once, and nothing declared. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readManifests, type ManifestTenant } from '../../documents/manifests.ts';
import { describeFinding, stops, type FailureCode } from '../../domain/failures.ts';
import { application, exposing, manifestTenant, maskinportenClient, withBoth } from '../manifests.ts';

type Row = readonly [
  what: string,
  text: string,
  code: FailureCode,
  at: string,
  message: RegExp,
  tenant?: ManifestTenant,
];

const consuming = (list: string): string => maskinportenClient().replace(/\[.*\]/, list);
const without = (line: RegExp): string => exposing('visibility: public').replace(line, '');
const named = (name: string): string => exposing().replace(/name: inntekt$/, `name: ${name}`);
const product = (name: string): string => exposing().replace('product: arbeid', `product: ${name}`);
const again = (...fields: readonly string[]): string =>
  exposing('- enabled: true', '  product: arbeid', '  name: inntekt', ...fields.map((field) => `  ${field}`)).replace(
    / {6}(?=- enabled| {2}(product|name|sep))/g,
    '    ',
  );
const other = (text: string): string => text.replace('name: app', 'name: other');

/** The block `applications` says nothing about Maskinporten. */
const prefixless: ManifestTenant = (() => {
  const { applications, ...tenant } = manifestTenant();
  if (!applications) return tenant;
  const { maskinporten: _none, ...others } = applications;
  return { ...tenant, applications: others };
})();

/** The first item of `consumes`, its name; the first field of an exposed scope after the three that it has to have. */
const [itemAt, nameAt, fieldAt] = ['6:16', '6:24', '11:7'];

const rows: readonly Row[] = [
  ['no version', maskinportenClient().replace(/^.*\n/, ''), 'FIELD_MISSING', '1:1', /`apiVersion` is missing/],
  ['another version', maskinportenClient().replace('v1', 'v1alpha1'), 'FIELD_INVALID', '1:13', /nais.io\/v1,/],
  [
    'a misspelt kind',
    maskinportenClient().replace('kind: Mask', 'kind: Mas'),
    'FIELD_INVALID',
    '2:7',
    /mean `MaskinportenClient`/,
  ],
  ['no spec', maskinportenClient().replace(/spec:[^]*/, ''), 'FIELD_MISSING', '1:1', /`spec` is missing/],
  ['a field of ID-porten', `${maskinportenClient()}\n  redirectURIs: []`, 'FIELD_UNKNOWN', '7:3', /not a known field/],
  ['a long client name', `${maskinportenClient()}\n  clientName: ${'x'.repeat(256)}`, 'FIELD_INVALID', '7:15', /255/],
  ['a misspelt block', maskinportenClient().replace('scopes', 'scope'), 'FIELD_UNKNOWN', '5:3', /mean `scopes`/],
  ['scopes as a list', maskinportenClient().replace(/scopes:[^]*/, 'scopes: []'), 'FIELD_INVALID', '5:11', /block of/],
  ['a misspelt list', maskinportenClient('expose: []'), 'FIELD_UNKNOWN', '7:5', /mean `exposes`/],

  ['a scope as a text', consuming('["skatt:inntekt"]'), 'FIELD_INVALID', itemAt, /block of fields, not a text/],
  ['a consumed scope without a name', consuming('[{}]'), 'FIELD_MISSING', itemAt, /consumes.0.name` is missing/],
  ['a misspelt name', consuming('[{ name: "a:b", nam: x }]'), 'FIELD_UNKNOWN', '6:31', /mean `name`/],
  ['a scope without its prefix', consuming('[{ name: inntekt }]'), 'FIELD_INVALID', nameAt, /prefix:subscope/],
  ['an empty prefix', consuming('[{ name: ":inntekt" }]'), 'FIELD_INVALID', nameAt, /prefix:subscope/],
  ['an empty subscope', consuming('[{ name: "skatt:" }]'), 'FIELD_INVALID', nameAt, /prefix:subscope/],
  ['a scope with a space', consuming('[{ name: "a:b c" }]'), 'FIELD_INVALID', nameAt, /prefix:subscope/],
  ['a scope of 256 letters', consuming(`[{ name: "a:${'b'.repeat(254)}" }]`), 'FIELD_INVALID', nameAt, /complete/],
  ['an admin scope', consuming('[{ name: "idporten:dcr.write" }]'), 'SCOPE_NOT_ALLOWED', nameAt, /admin clients only/],
  ['another admin scope', consuming('[{ name: "idporten:scopes.read" }]'), 'SCOPE_NOT_ALLOWED', nameAt, /admin/],
  [
    'a scope consumed twice',
    consuming('[{ name: "a:b" }, { name: "a:c" }, { name: "a:b" }]'),
    'LISTED_TWICE',
    '6:58',
    /consumes.2.name` gives "a:b" a second time/,
  ],
  ['no scope, and no default', consuming('[]'), 'SCOPE_MISSING', '6:15', /no default scope/, prefixless],
  [
    'no scope at all, and no default',
    maskinportenClient().replace(/spec:[^]*/, 'spec: {}'),
    'SCOPE_MISSING',
    '4:1',
    /scopes.consumes` names no scope/,
    prefixless,
  ],

  ['an exposed scope without a prefix', exposing(), 'SCOPE_PREFIX_UNDECLARED', '7:5', /does not give/, prefixless],
  ['nothing of enabled', exposing().replace('enabled: true', 'visibility: public'), 'FIELD_MISSING', '8:7', /enabled`/],
  ['enabled by a text', exposing().replace('true', '"true"'), 'FIELD_INVALID', '8:16', /true or false/],
  ['no product', without(/ +product.*\n/), 'FIELD_MISSING', '8:7', /product` is missing/],
  ['no name', without(/ +name: inntekt\n/), 'FIELD_MISSING', '8:7', /name` is missing/],
  ['a misspelt field', exposing('atMaxage: 30'), 'FIELD_UNKNOWN', fieldAt, /mean `atMaxAge`/],
  ['a product with a capital', product('Arbeid'), 'FIELD_INVALID', '9:16', /letters \(a to z\) and digits/],
  ['a product with ø', product('frø'), 'FIELD_INVALID', '9:16', /letters \(a to z\) and digits/],
  ['a product with a separator', product('arbeid/nav'), 'FIELD_INVALID', '9:16', /letters \(a to z\) and digits/],
  ['an empty product', product('""'), 'FIELD_INVALID', '9:16', /letters \(a to z\) and digits/],
  ['a name with a capital', named('Inntekt'), 'FIELD_INVALID', '10:13', /v1\/inntekt.read/],
  ['a name with a dash', named('inntekt-read'), 'FIELD_INVALID', '10:13', /v1\/inntekt.read/],
  ['a name that ends in a separator', named('inntekt/'), 'FIELD_INVALID', '10:13', /v1\/inntekt.read/],
  ['a name of one letter', named('i'), 'FIELD_INVALID', '10:13', /v1\/inntekt.read/],
  ['a name that takes Nais long', named(`${'a'.repeat(50_000)}-`), 'FIELD_INVALID', '10:13', /v1\/inntekt.read/],
  ['a scope too long', named('i'.repeat(244)), 'FIELD_INVALID', '10:13', /256 letters; 255/],
  ['a separator of nobody', exposing('separator: "-"'), 'FIELD_INVALID', '11:18', /: or \/ or \./],
  ['two letters as a separator', exposing('separator: "::"'), 'FIELD_INVALID', '11:18', /: or \/ or \./],
  [
    'a path behind a colon',
    `${named('v1/inntekt')}\n      separator: ":"`,
    'SCOPE_SEPARATOR',
    '11:18',
    /as the name "v1\/inntekt" has one/,
  ],
  ['a path behind a dot', `${named('a/b')}\n      separator: "."`, 'SCOPE_SEPARATOR', '11:18', /has to be "\/"/],
  [
    'delegation by default',
    exposing('delegationSource: altinn'),
    'SCOPE_SEPARATOR',
    '11:25',
    /needs the separator "\//,
  ],
  [
    'delegation behind a dot',
    exposing('separator: "."', 'delegationSource: altinn'),
    'SCOPE_SEPARATOR',
    '12:25',
    /has "\."/,
  ],
  [
    'delegation by nobody',
    exposing('separator: "/"', 'delegationSource: digdir'),
    'FIELD_INVALID',
    '12:25',
    /may be altinn/,
  ],
  ['too young', exposing('atMaxAge: 29'), 'FIELD_INVALID', '11:17', /30 to 680 seconds/],
  ['too old', exposing('atMaxAge: 681'), 'FIELD_INVALID', '11:17', /30 to 680 seconds/],
  ['an age as a text', exposing('atMaxAge: 30s'), 'FIELD_INVALID', '11:17', /a number, not a text/],
  ['no integration', exposing('allowedIntegrations: []'), 'FIELD_INVALID', '11:28', /name an integration type/],
  [
    'an integration of nobody',
    exposing('allowedIntegrations: [maskinport]'),
    'FIELD_INVALID',
    '11:29',
    /or maskinporten, not "maskinport"/,
  ],
  ['a visibility of nobody', exposing('visibility: internal'), 'FIELD_INVALID', '11:19', /public or private/],
  ['open by a text', exposing('accessibleForAll: "yes"'), 'FIELD_INVALID', '11:25', /true or false/],
  [
    'a consumer without a number',
    exposing('consumers: [{ name: NAV }]'),
    'FIELD_MISSING',
    '11:19',
    /orgno` is missing/,
  ],
  [
    'a consumer by a number',
    exposing('consumers: [{ orgno: 889640782 }]'),
    'FIELD_INVALID',
    '11:28',
    /write it in quotes/,
  ],
  [
    'a consumer of eight digits',
    exposing('consumers: [{ orgno: "88964078" }]'),
    'ORGANISATION_NUMBER_INVALID',
    '11:28',
    /nine digits/,
  ],
  [
    'a consumer with a wrong check digit',
    exposing('consumers: [{ orgno: "889640783" }]'),
    'ORGANISATION_NUMBER_INVALID',
    '11:28',
    /check digit of 889640783/,
  ],
  [
    'a consumer twice',
    exposing('consumers: [{ orgno: "889640782" }, { orgno: "889640782", name: NAV }]'),
    'LISTED_TWICE',
    '11:52',
    /"889640782" a second time/,
  ],
  ['a scope twice', again(), 'SCOPE_EXPOSED_TWICE', '13:13', /arbeid:inntekt is exposed at m.yaml:10:13 already/],
  ['a scope twice, once by default', again('separator: ":"'), 'SCOPE_EXPOSED_TWICE', '13:13', /m.yaml:10:13/],
  [
    'a scope of two applications',
    `${exposing()}\n---\n${other(exposing())}`,
    'SCOPE_EXPOSED_TWICE',
    '21:13',
    /m.yaml:10:13/,
  ],
  [
    'one client twice',
    `${exposing()}\n---\n${exposing()}`,
    'MANIFEST_DUPLICATE',
    '14:19',
    /The Maskinporten client team\/app is declared at m.yaml:1:1 already\./,
  ],
  [
    'one client by two kinds',
    `${withBoth()}\n---\n${maskinportenClient()}`,
    'MANIFEST_DUPLICATE',
    '13:19',
    /Maskinporten client team\/app/,
  ],

  [
    'nothing of enabled in a block',
    withBoth().replace(/enabled: true$/, 'scopes: {}'),
    'FIELD_MISSING',
    '8:3',
    /enabled/,
  ],
  ['a block that is none', `${application()}\n  maskinporten: yes please`, 'FIELD_INVALID', '8:17', /block of fields/],
  ['a misspelt field of a block', withBoth('scope: {}'), 'FIELD_UNKNOWN', '10:5', /mean `scopes`/],
  ['a name in a block', withBoth('clientName: Etaten'), 'FIELD_UNKNOWN', '10:5', /not a known field/],
  [
    'a misspelt field, not enabled',
    `${application()}\n  maskinporten: { enabled: false, x: 1 }`,
    'FIELD_UNKNOWN',
    '8:35',
    /x/,
  ],
  [
    'a wrong scope of a block',
    withBoth('scopes: { consumes: [{ name: inntekt }] }'),
    'FIELD_INVALID',
    '10:34',
    /maskinporten.scopes.consumes.0.name/,
  ],
  [
    'an ID-porten block beside a right one',
    withBoth().replace('app.etat.no', 'app.etat.no/#'),
    'ADDRESS_FRAGMENT',
    '5:15',
    /#|fragment/,
  ],
];

describe('a wrong Maskinporten client declares nothing, and says so once, where it is wrong', () => {
  for (const [what, text, code, at, message, tenant = manifestTenant()] of rows) {
    test(`${what}: ${code}`, () => {
      const { declarations, findings } = readManifests([{ file: 'm.yaml', text }], tenant);
      const told = findings.map(describeFinding).join('\n');
      assert.deepEqual(declarations, [], told);
      assert.deepEqual(
        findings.filter(stops).map((finding) => [finding.code, finding.where]),
        [[code, `m.yaml:${at}`]],
        told,
      );
      assert.match(findings.find(stops)?.message ?? '', message);
    });
  }
});

test('a scope of two files holds back both documents, and no others', () => {
  const files = [
    { file: 'a.yaml', text: exposing() },
    { file: 'b.yaml', text: `${other(exposing())}\n---\n${maskinportenClient().replace('name: app', 'name: third')}` },
  ];
  const { declarations, findings } = readManifests(files, manifestTenant());
  assert.deepEqual(
    declarations.map(({ client }) => client.name),
    ['third'],
  );
  assert.deepEqual(
    findings.map(({ code, where }) => [code, where]),
    [['SCOPE_EXPOSED_TWICE', 'b.yaml:10:13']],
  );
});

test('a tenant file without applications is one finding, whatever the clients need of it', () => {
  const { applications: _none, ...tenant } = manifestTenant();
  const text = `${exposing().replace(/ {4}consumes.*\n/, '')}\n---\n${other(consuming('[]'))}`;
  const { declarations, findings } = readManifests([{ file: 'm.yaml', text }], tenant);
  assert.deepEqual(declarations, []);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['APPLICATIONS_UNDECLARED'],
  );
});

test('all findings of a file come at once, in the order of the text', () => {
  const { declarations, findings } = readManifests([{ file: 'm.yaml', text: everything }], prefixless);
  assert.deepEqual(declarations, []);
  assert.deepEqual(
    findings.map(({ where, code }) => `${where.slice('m.yaml:'.length)} ${code}`),
    [
      '5:15 ADDRESS_SCHEME',
      '8:3 FIELD_MISSING',
      '9:5 FIELD_UNKNOWN',
      '12:17 SCOPE_NOT_ALLOWED',
      '13:17 FIELD_INVALID',
      '14:7 SCOPE_PREFIX_UNDECLARED',
      '15:20 FIELD_INVALID',
      '16:20 FIELD_INVALID',
      '17:11 CONSUMERS_NEEDLESS',
      '18:22 ORGANISATION_NUMBER_INVALID',
      '19:22 ORGANISATION_NUMBER_INVALID',
      '19:22 LISTED_TWICE',
      '21:29 SCOPE_SEPARATOR',
      '22:21 FIELD_INVALID',
      '25:1 FIELD_MISSING',
      '28:3 FIELD_UNKNOWN',
      '29:3 SCOPE_MISSING',
      '30:14 FIELD_INVALID',
    ],
  );
});

const everything = `apiVersion: nais.io/v1alpha1
kind: Application
metadata: { name: app, namespace: team }
spec:
  ingresses: [http://app.etat.no]
  idporten:
    enabled: true
  maskinporten:
    clientURI: https://a.no
    scopes:
      consumes:
        - name: idporten:dcr.read
        - name: inntekt
      exposes:
        - enabled: on
          product: Arbeid
          consumers:
            - orgno: "123456789"
            - orgno: "123456789"
          name: inntekt
          delegationSource: altinn
          atMaxAge: 1000
          accessibleForAll: true
---
kind: MaskinportenClient
apiVersion: nais.io/v1
spec:
  clientname: x
  scopes:
    exposes: arbeid:inntekt
`;
