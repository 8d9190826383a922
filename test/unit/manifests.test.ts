/** Right manifests: what they declare, what is inferred, what is ignored; and that no text at all is thrown at. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { array, assert as holds, constantFrom, oneof, property, string } from 'fast-check';
import { readManifests } from '../../documents/manifests.ts';
import { readTenantFile } from '../../documents/tenant-file.ts';
import { stops } from '../../domain/failures.ts';
import { markerOf } from '../../domain/oauth-client.ts';
import { application, declared, exposing, idportenClient, manifestTenant, withBoth } from '../manifests.ts';

const project = join(import.meta.dirname, '..', '..');
const example = (name: string): Promise<string> => readFile(join(project, 'examples', name), 'utf8');

const read = (text: string, environment: 'local' | 'test' | 'production' = 'test') =>
  readManifests([{ file: 'm.yaml', text }], manifestTenant(environment));
const codes = (text: string): string[] => read(text).findings.map(({ code, where }) => `${where.slice(7)} ${code}`);

const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }';

describe('a declaration', () => {
  test('names whose client it is, and where it stands', () => {
    const { client, where } = declared(`# first\n---\n${application()}`);
    assert.deepEqual(client, {
      tenant: 'etat',
      environment: 'test',
      cluster: 'dev-gcp',
      namespace: 'team',
      name: 'app',
      kind: 'idporten',
    });
    assert.equal(markerOf(client), 'dev-gcp:team:app');
    assert.equal(where, 'm.yaml:3:1');
  });

  test('has the policies of its annotations', () => {
    const annotated = (...annotations: readonly string[]) => {
      const block = `annotations: { other.no/x: 1, ${annotations.join(', ')} }`;
      const { preserve, oldKeys } = declared(
        application().replace('namespace: team', `namespace: team, ${block}`),
      ).spec;
      return { preserve, oldKeys };
    };
    const acknowledged = { until: 'acknowledged' };
    assert.deepEqual(annotated(), { preserve: false, oldKeys: acknowledged });
    assert.deepEqual(annotated('digdir.nais.io/preserve: "true"'), { preserve: true, oldKeys: acknowledged });
    assert.deepEqual(annotated('digdir.nais.io/preserve: "false"'), { preserve: false, oldKeys: acknowledged });
    assert.deepEqual(annotated('digdir.nais.io/old-keys: acknowledged'), { preserve: false, oldKeys: acknowledged });
    assert.deepEqual(annotated('digdir.nais.io/old-keys: 7d').oldKeys, { until: 'elapsed', seconds: 7 * 86_400 });
    assert.deepEqual(annotated('digdir.nais.io/old-keys: 365d').oldKeys, { until: 'elapsed', seconds: 365 * 86_400 });
  });

  test('may be on localhost outside production', () => {
    for (const host of [
      'http://localhost',
      'http://localhost:3000',
      'http://app.localhost:3000',
      'http://127.0.0.1:1',
    ]) {
      const text = application().replace('https://app.etat.no', `"${host}"`);
      assert.deepEqual(declared(text).spec.redirectUris, [`${host}/oauth2/callback`]);
      assert.deepEqual(declared(text, manifestTenant('local')).spec.redirectUris, [`${host}/oauth2/callback`]);
      assert.deepEqual(read(text, 'production').declarations, []);
    }
  });

  test('of one document stands whatever is wrong with another', () => {
    const { declarations } = read(`${application()}\n---\n${idportenClient('x: 1').replace('app', 'other')}`);
    assert.deepEqual(
      declarations.map(({ client }) => client.name),
      ['app'],
    );
  });

  test('of a file that is not YAML is held back, and that of another file is not', () => {
    const files = [
      { file: 'a.yaml', text: `${application()}\n---\n[` },
      { file: 'b.yaml', text: idportenClient().replace('name: app', 'name: other') },
    ];
    const { declarations, findings } = readManifests(files, manifestTenant());
    assert.deepEqual(
      declarations.map(({ where }) => where),
      ['b.yaml:1:1'],
    );
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['YAML_INVALID'],
    );
  });

  test('that two files have holds back both', () => {
    const files = ['a.yaml', 'b.yaml'].map((file) => ({ file, text: application() }));
    const { declarations, findings } = readManifests(files, manifestTenant());
    assert.deepEqual(declarations, []);
    assert.deepEqual(
      findings.map(({ code, where }) => [code, where]),
      [['MANIFEST_DUPLICATE', 'b.yaml:3:19']],
    );
  });

  test('needs to know the cluster; what else is wrong is said all the same', () => {
    const { applications: _none, ...tenant } = manifestTenant();
    const text = `${application('scopes: [profile]')}\n---\n${idportenClient()}`;
    const { declarations, findings } = readManifests([{ file: 'm.yaml', text }], tenant);
    assert.deepEqual(declarations, []);
    assert.deepEqual(findings.map(({ code }) => code).sort(), [
      'APPLICATIONS_UNDECLARED',
      'MANIFEST_DUPLICATE',
      'SCOPE_NOT_ALLOWED',
    ]);
  });
});

describe('a notice', () => {
  const rows: ReadonlyArray<readonly [what: string, text: string, expected: readonly string[], declarations: number]> =
    [
      ['a document of another kind', `${deployment}\n---\n${application()}`, ['2:7 MANIFEST_IGNORED'], 1],
      ['an Application of Argo CD', application().replace('nais.io', 'argoproj.io'), ['2:7 MANIFEST_IGNORED'], 0],
      ['an application without a client', application().replace(/ {2}idporten[^]*/, ''), ['1:1 MANIFEST_IGNORED'], 0],
      ['an application with no client enabled', withBoth().replaceAll('true', 'false'), ['1:1 MANIFEST_IGNORED'], 0],
      ['a client that is not enabled', application().replace('true', 'false'), ['1:1 MANIFEST_IGNORED'], 0],
      ['spec.maskinporten, not enabled', `${application()}\n  maskinporten: { enabled: false }`, [], 1],
      [
        'consumers of a scope that is accessible for all',
        exposing('accessibleForAll: true', 'consumers: [{ orgno: "889640782" }]'),
        ['12:7 CONSUMERS_NEEDLESS'],
        1,
      ],
      ['what is nothing of ours', `${application()}\n  webproxy: true\n  replicas: { min: 1 }`, [], 1],
      ['no front-channel logout', idportenClient().replace(/.*\/out/, ''), ['4:1 LOGOUT_URI_MISSING'], 1],
      [
        'a path beside the sidecar',
        application('redirectPath: /x', 'sidecar: { enabled: true }'),
        ['8:5 FIELD_OVERRULED'],
        1,
      ],
      ['the path of the sidecar', application('redirectPath: /oauth2/callback', 'sidecar: { enabled: true }'), [], 1],
      [
        "digdirator's command",
        application().replace('team', 'team, annotations: { digdir.nais.io/rotate: "true" }'),
        ['3:56 FIELD_OVERRULED'],
        1,
      ],
    ];
  for (const [what, text, expected, declarations] of rows) {
    test(`for ${what}`, () => {
      assert.deepEqual(codes(text), expected);
      assert.equal(read(text).declarations.length, declarations);
      assert.ok(!read(text).findings.some(stops));
    });
  }

  const hosts: ReadonlyArray<readonly [host: string, internal: boolean]> = [
    ['app.intern.etat.no', true],
    ['app.internal', true],
    ['app.etat.local', true],
    ['app.team.svc', true],
    ['app', true],
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['192.168.1.1', true],
    ['169.254.1.1', true],
    ['100.64.0.1', true],
    ['[fd00::1]', true],
    ['[fe80::1]', true],
    ['172.32.0.1', false],
    ['[2001:db8::1]', false],
    ['internship.etat.no', false],
    ['local.etat.no', false],
  ];
  for (const [host, internal] of hosts) {
    test(`${internal ? 'warns of' : 'says nothing about'} ${host} as the first ingress, and nothing as the second`, () => {
      const at = (list: string): string[] => codes(application().replace('https://app.etat.no', list));
      assert.deepEqual(at(`"https://${host}"`), internal ? ['5:15 INGRESS_INTERNAL'] : []);
      assert.deepEqual(at(`"https://a.no", "https://${host}"`), []);
    });
  }
});

test('an anchor that stands within itself is a finding', () => {
  const { findings } = read(idportenClient('integrationType: &a [*a]', 'clientURI: *a'));
  assert.deepEqual(
    findings.map(({ message }) => message),
    [
      '`spec.integrationType` may be idporten or api_klient or krr, not a list.',
      '`spec.clientURI` has to be a text, not a list.',
    ],
  );
});

test('no text makes it throw, and every finding has a place', () => {
  const pieces = [
    application(),
    idportenClient(),
    exposing(),
    '\n---\n',
    'integrationType: krr',
    '&a',
    '*a',
    '? ',
    '[',
    '{',
    '\t',
    '!!',
  ];
  const lines = `${withBoth('scopes: {}')}\n${idportenClient()}\n${exposing('separator: /')}`
    .split('\n')
    .flatMap((line) => [`${line}\n`, `${line}: `]);
  const text = array(oneof(constantFrom(...pieces, ...lines), string())).map((parts) => parts.join(''));
  holds(
    property(text, (manifest) => {
      const { declarations, findings } = read(manifest);
      for (const { where } of findings) assert.match(where, /^m\.yaml:\d+:\d+$/);
      assert.ok(declarations.length > 0 || findings.length > 0);
    }),
    { numRuns: 300 },
  );
});

describe('the tenant file', () => {
  const applications = (block: string): string =>
    `tenant: etat
environment: test
organisation: "991825827"
google: { project: etat-prod, location: europe-north1, keyRing: digdir }
platform: group:platform@etat.no
clients: { idporten: { clientId: c } }
applications: { ${block} }`;
  const right = 'cluster: dev, clientName: Etaten, clientURI: "https://etat.no"';

  test('gives the defaults, with lifetimes of its own', () => {
    assert.deepEqual(readTenantFile(applications(right), 't.yaml').tenant?.applications, {
      cluster: 'dev',
      clientName: 'Etaten',
      clientUri: 'https://etat.no',
      accessTokenLifetime: 3600,
      sessionLifetime: 7200,
    });
    const own = applications(`${right}, accessTokenLifetime: 60, sessionLifetime: 28800`);
    assert.equal(readTenantFile(own, 't.yaml').tenant?.applications?.sessionLifetime, 28_800);
  });

  test('is held to the bounds of manifests', () => {
    const wrong =
      'cluster: a:b, clientName: "", clientURI: "http://localhost", accessTokenLifetime: 0, sessionlifetime: 1';
    const { tenant, findings } = readTenantFile(applications(wrong), 't.yaml');
    assert.equal(tenant, undefined);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['FIELD_INVALID', 'FIELD_INVALID', 'ADDRESS_LOCALHOST', 'FIELD_INVALID', 'FIELD_UNKNOWN'],
    );
  });
});

describe('the examples', () => {
  test('are right, in the tenant of the examples', async () => {
    const { tenant } = readTenantFile(await example('tenant.yaml'), 'tenant.yaml');
    assert.ok(tenant);
    const names = ['application.yaml', 'idporten-client.yaml', 'maskinporten-client.yaml'];
    const files = await Promise.all(names.map(async (file) => ({ file, text: await example(file) })));
    const { declarations, findings } = readManifests(files, tenant);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      declarations.map(({ client }) => client.name),
      ['soknad', 'min-side', 'varsling', 'inntekt-api'],
    );
  });

  test('of docs/manifests.md are right', async () => {
    const page = await readFile(join(project, 'docs', 'manifests.md'), 'utf8');
    const examples = [...page.matchAll(/```yaml\n(apiVersion:[^]*?)```/g)].map(([, text = '']) => text);
    assert.ok(examples.length > 0);
    for (const text of examples) assert.deepEqual(read(text).findings, []);
  });
});
