/** Wrong manifests: each with its code and place, all findings at once, and nothing declared. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readManifests } from '../../documents/manifests.ts';
import type { Environment } from '../../domain/environments.ts';
import { describeFinding, stops, type FailureCode } from '../../domain/failures.ts';
import { application, idportenClient, manifestTenant } from '../manifests.ts';

type Row = readonly [
  what: string,
  text: string,
  code: FailureCode,
  at: string,
  message: RegExp,
  environment?: Environment,
];

const ingress = (address: string): string => application().replace('https://app.etat.no', address);
const metadata = (text: string): string => application().replace('name: app, namespace: team', text);
const redirect = (address: string): string => idportenClient().replace('https://app.etat.no/back', address);
const logout = (address: string): string => idportenClient().replace('https://app.etat.no/out', address);
const krr = (line: string): string =>
  idportenClient('integrationType: krr', line).replace(/ {2}(redirectURIs|front).*\n/g, '');

/** The line and column of what stands in the brackets of `spec.ingresses`; of the first line in `spec.idporten`. */
const [ingressAt, fieldAt] = ['5:15', '8:5'];

const rows: readonly Row[] = [
  ['no YAML', 'kind: "Application', 'YAML_INVALID', '1:19', /not YAML/],
  ['a key twice', application('enabled: true'), 'YAML_INVALID', fieldAt, /twice/],
  ['a file too large', `#${'x'.repeat(270_000)}`, 'FILE_TOO_LARGE', '1:1', /262144/],
  ['an empty file', '# nothing\n', 'MANIFEST_EMPTY', '1:1', /no document/],
  ['no block of fields', '- a\n- b\n', 'FIELD_INVALID', '1:1', /block of fields/],
  ['no kind', 'apiVersion: nais.io/v1\n', 'FIELD_MISSING', '1:1', /`kind` is missing/],
  ['a kind that is no text', 'kind: [Application]\n', 'FIELD_INVALID', '1:7', /has to be a text/],
  ['a misspelt kind', application().replace('Application', 'Aplication'), 'FIELD_INVALID', '2:7', /mean `Application`/],
  ['no version', application().replace(/^.*\n/, ''), 'FIELD_MISSING', '1:1', /`apiVersion` is missing/],
  ['another version', application().replace('v1alpha1', 'v1'), 'FIELD_INVALID', '1:13', /nais.io\/v1alpha1/],
  ['no name', metadata('namespace: team'), 'FIELD_MISSING', '3:1', /`metadata.name` is missing/],
  ['no namespace', metadata('name: app'), 'FIELD_MISSING', '3:1', /`metadata.namespace` is missing/],
  ['a name with capitals', metadata('name: App, namespace: team'), 'FIELD_INVALID', '3:19', /lower-case/],
  ['a namespace too long', metadata(`name: a, namespace: ${'n'.repeat(64)}`), 'FIELD_INVALID', '3:33', /1 to 63/],
  ['a name that ends in a dash', metadata('name: app-, namespace: t'), 'FIELD_INVALID', '3:19', /both ends/],
  ['a bare preserve', annotated('preserve: true'), 'FIELD_INVALID', '3:81', /write it in quotes/],
  ['another preserve', annotated('preserve: "yes"'), 'FIELD_INVALID', '3:81', /"true" or "false"/],
  ['a week for old keys', annotated('old-keys: 1w'), 'FIELD_INVALID', '3:81', /as in 7d/],
  ['no time for old keys', annotated('old-keys: 0s'), 'FIELD_INVALID', '3:81', /up to 365d/],
  ['a misspelt annotation', annotated('preserv: "true"'), 'FIELD_UNKNOWN', '3:56', /mean `digdir.nais.io\/preserve`/],
  ['an annotation of nobody', annotated('paint: red'), 'FIELD_UNKNOWN', '3:56', /Known here/],

  ['a misspelt field', application('redirectpath: /x'), 'FIELD_UNKNOWN', fieldAt, /Did you mean `redirectPath`/],
  ['a field of nobody', idportenClient('colour: red'), 'FIELD_UNKNOWN', '7:3', /Known here/],
  ['a misspelt field of the sidecar', application('sidecar: { enable: true }'), 'FIELD_UNKNOWN', '8:16', /`enabled`/],
  [
    'nothing enabled',
    application().replace('enabled: true', 'scopes: []'),
    'FIELD_MISSING',
    '6:3',
    /enabled` is missing/,
  ],
  ['enabled by a text', application().replace('true', '"true"'), 'FIELD_INVALID', '7:14', /has to be true or false/],
  [
    'no ID-porten block',
    application().replace(/idporten:\n.*/, 'idporten: yes please'),
    'FIELD_INVALID',
    '6:13',
    /block/,
  ],
  ['a level of nobody', application('sidecar: { enabled: true, level: 4 }'), 'FIELD_INVALID', '8:38', /Level4/],
  [
    'another type',
    application('integrationType: maskinporten'),
    'FIELD_INVALID',
    '8:22',
    /idporten or api_klient or krr/,
  ],
  ['no access token life', application('accessTokenLifetime: 0'), 'FIELD_INVALID', '8:26', /1 to 3600 seconds/],
  ['a long access token life', application('accessTokenLifetime: 3601'), 'FIELD_INVALID', '8:26', /1 to 3600/],
  ['half a second', application('accessTokenLifetime: 0.5'), 'FIELD_INVALID', '8:26', /whole number/],
  ['a short session', application('sessionLifetime: 3599'), 'FIELD_INVALID', '8:22', /3600 to 28800/],
  ['a long session', application('sessionLifetime: 28801'), 'FIELD_INVALID', '8:22', /3600 to 28800/],
  ['a life as text', application('sessionLifetime: 2h'), 'FIELD_INVALID', '8:22', /has to be a number, not a text/],
  ['a path without its slash', application('redirectPath: back'), 'FIELD_INVALID', '8:19', /begins with \//],
  ['a path with a fragment', application('redirectPath: /#x'), 'FIELD_INVALID', '8:19', /fragment/],
  ['a path with a wildcard', application('frontchannelLogoutPath: /*'), 'FIELD_INVALID', '8:29', /begins with \//],
  ['a client name of 256 letters', idportenClient(`clientName: ${'x'.repeat(256)}`), 'FIELD_INVALID', '7:15', /255/],
  [
    'a client secret',
    application('tokenEndpointAuthMethod: client_secret_post'),
    'CLIENT_SECRET_UNSUPPORTED',
    '8:30',
    /not supported/,
  ],
  [
    'a public client',
    idportenClient('tokenEndpointAuthMethod: none'),
    'CLIENT_SECRET_UNSUPPORTED',
    '7:28',
    /private_key_jwt/,
  ],

  ['a bare https://', ingress('https://'), 'ADDRESS_INVALID', ingressAt, /names no host/],
  ['no scheme', ingress('app.etat.no'), 'ADDRESS_INVALID', ingressAt, /complete address/],
  ['one slash', ingress('https:/app.etat.no'), 'ADDRESS_INVALID', ingressAt, /complete address/],
  ['a query at an ingress', ingress('"https://a.no?x=1"'), 'ADDRESS_INVALID', ingressAt, /query/],
  ['a space', ingress('"https://a.no/a b"'), 'ADDRESS_INVALID', ingressAt, /no URI has/],
  ['a letter beyond ASCII', ingress('https://søknad.no'), 'ADDRESS_INVALID', ingressAt, /no URI has/],
  ['a user', ingress('https://kari@etat.no'), 'ADDRESS_INVALID', ingressAt, /names a user/],
  ['a host in capitals', ingress('https://App.etat.no'), 'ADDRESS_INVALID', ingressAt, /host as app.etat.no/],
  ['the usual port', ingress('"https://app.etat.no:443"'), 'ADDRESS_INVALID', ingressAt, /host as app.etat.no/],
  ['no port that there is', ingress('"https://app.etat.no:99999"'), 'ADDRESS_INVALID', ingressAt, /is not a URI/],
  ['http', ingress('http://app.etat.no'), 'ADDRESS_SCHEME', ingressAt, /has to be https/],
  ['a scheme of an app', ingress('app://open/x'), 'ADDRESS_SCHEME', ingressAt, /not app/],
  ['localhost later in the text', redirect('ftp://x?http://localhost:1'), 'ADDRESS_SCHEME', '5:18', /not ftp/],
  ['a fragment', ingress('"https://a.no/#x"'), 'ADDRESS_FRAGMENT', ingressAt, /fragment/],
  ['a fragment in a logout URI', logout('https://app.etat.no/out#x'), 'ADDRESS_FRAGMENT', '6:26', /fragment/],
  ['a wildcard host', ingress('"https://*.etat.no"'), 'ADDRESS_WILDCARD', ingressAt, /wildcard/],
  ['a wildcard port', redirect('"http://localhost:*/x"'), 'ADDRESS_WILDCARD', '5:18', /wildcard/],
  [
    'localhost in production',
    ingress('"http://localhost:1"'),
    'ADDRESS_LOCALHOST',
    ingressAt,
    /production/,
    'production',
  ],
  ['127.0.0.1 in production', redirect('http://127.0.0.1/x'), 'ADDRESS_LOCALHOST', '5:18', /production/, 'production'],
  ['https on localhost', ingress('https://localhost'), 'ADDRESS_LOCALHOST', ingressAt, /http:\/\/ on localhost/],
  ['a client URI over http', application('clientURI: http://a.no'), 'ADDRESS_SCHEME', '8:16', /has to be https/],
  [
    'a post-logout URI',
    application('postLogoutRedirectURIs: [https://a.no, x]'),
    'ADDRESS_INVALID',
    '8:44',
    /complete/,
  ],
  ['no ingress', application().replace(/ {2}ingresses.*\n/, ''), 'REDIRECT_URI_MISSING', '4:1', /come back from/],
  ['an empty list of ingresses', ingress(''), 'REDIRECT_URI_MISSING', '5:14', /come back from/],
  ['no redirect URI', redirect(''), 'REDIRECT_URI_MISSING', '5:17', /come back from/],
  ['logout on another host', logout('https://b.no/out'), 'LOGOUT_URI_OTHER_ORIGIN', '6:26', /is on https:\/\/b.no/],
  ['logout on another port', logout('https://app.etat.no:8443/'), 'LOGOUT_URI_OTHER_ORIGIN', '6:26', /:8443/],
  [
    'a krr client with a redirect URI',
    krr('redirectURIs: [https://a.no]'),
    'KRR_WITHOUT_LOGIN',
    '6:3',
    /nobody logs in/,
  ],
  ['a krr client with a logout', krr('postLogoutRedirectURIs: [https://a.no]'), 'KRR_WITHOUT_LOGIN', '6:3', /nobody/],
  [
    'a krr client with a sidecar',
    application('integrationType: krr', 'sidecar: { enabled: true }'),
    'KRR_WITHOUT_LOGIN',
    '9:5',
    /sidecar/,
  ],
  ['a krr client with another scope', krr('scopes: [openid]'), 'SCOPE_NOT_ALLOWED', '6:12', /krr:global/],
  [
    'an API scope of a login client',
    application('scopes: [openid, a:b]'),
    'SCOPE_NOT_ALLOWED',
    '8:22',
    /none of those/,
  ],
  ['a login without openid', application('scopes: [profile]'), 'SCOPE_NOT_ALLOWED', '8:13', /lacks openid/],
  [
    'a scope of admin clients',
    application('integrationType: api_klient', 'scopes: [openid, "idporten:dcr.write"]'),
    'SCOPE_NOT_ALLOWED',
    '9:22',
    /admin clients only/,
  ],
  ['a scope with a space', application('scopes: ["openid profile"]'), 'FIELD_INVALID', '8:14', /is not a scope/],
  [
    'one client twice',
    `${application()}\n---\n${idportenClient()}`,
    'MANIFEST_DUPLICATE',
    '11:19',
    /team\/app is declared at m.yaml:1:1/,
  ],
  [
    'one client, two types',
    `${application()}\n---\n${application('integrationType: krr')}`,
    'MANIFEST_DUPLICATE',
    '11:19',
    /another integration type/,
  ],
];

function annotated(annotation: string): string {
  return metadata(`name: app, namespace: team, annotations: { digdir.nais.io/${annotation} }`);
}

describe('a wrong manifest declares nothing, and says so once, where it is wrong', () => {
  for (const [what, text, code, at, message, environment = 'test'] of rows) {
    test(`${what}: ${code}`, () => {
      const { declarations, findings } = readManifests([{ file: 'm.yaml', text }], manifestTenant(environment));
      const stopping = findings.filter(stops);
      const told = stopping.map(describeFinding).join('\n');
      assert.deepEqual(declarations, [], told);
      const finding = stopping.find((one) => one.code === code && one.where === `m.yaml:${at}`);
      assert.ok(finding, `${code} at ${at}, not:\n${told}`);
      assert.match(finding.message, message);
    });
  }
});

test('a wrong address says nothing about where the others should be', () => {
  for (const text of [ingress('https://'), redirect('https://b.no/#x'), logout('https://b.no/#x')]) {
    const { findings } = readManifests([{ file: 'm.yaml', text }], manifestTenant());
    assert.equal(findings.length, 1, findings.map(describeFinding).join('\n'));
  }
});

test('all findings of a file come at once, in the order of the text', () => {
  const { declarations, findings } = readManifests(
    [{ file: 'm.yaml', text: everything }],
    manifestTenant('production'),
  );
  assert.deepEqual(declarations, []);
  assert.deepEqual(
    findings.map(({ where, code }) => `${where.slice('m.yaml:'.length)} ${code}`),
    [
      '3:19 FIELD_INVALID',
      '5:15 ADDRESS_LOCALHOST',
      '5:37 ADDRESS_SCHEME',
      '8:5 FIELD_UNKNOWN',
      '9:26 FIELD_INVALID',
      '10:16 ADDRESS_FRAGMENT',
      '11:13 SCOPE_NOT_ALLOWED',
      '11:14 SCOPE_NOT_ALLOWED',
      '12:30 CLIENT_SECRET_UNSUPPORTED',
      '16:1 FIELD_MISSING',
      '18:19 REDIRECT_URI_MISSING',
      '19:13 FIELD_INVALID',
    ],
  );
});

const everything = `${application(
  'redirectPaths: /x',
  'accessTokenLifetime: 4000',
  'clientURI: "https://a.no/#x"',
  'scopes: ["idporten:dcr.read"]',
  'tokenEndpointAuthMethod: client_secret_basic',
)
  .replace('name: app', 'name: APP')
  .replace('[https://app.etat.no]', '["http://localhost:1", http://a.no]')}
---
apiVersion: nais.io/v1
kind: IDPortenClient
metadata: { name: other }
spec:
    redirectURIs: []
    scopes: openid
`;
