import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { array, assert as holds, constantFrom, oneof, property, string } from 'fast-check';
import { defaultGatePolicy } from '../../domain/approval.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { readTenantFile } from '../../documents/tenant-file.ts';

const shortest = `
tenant: etat
environment: test
organisation: "991825827"
google: { project: etat-prod, location: europe-north1, keyRing: digdir }
platform: group:platform@etat.no
clients:
  idporten: { clientId: 6c1a }
`;

const day = 86_400;
const ok = (text: string): Tenant => {
  const { tenant, findings } = readTenantFile(text, 'tenant.yaml');
  assert.deepEqual(findings, []);
  assert.ok(tenant);
  return tenant;
};

describe('a tenant file', () => {
  test('may leave out what has a default', () => {
    assert.deepEqual(ok(shortest), {
      tenant: 'etat',
      environment: 'test',
      organisation: '991825827',
      google: {
        project: 'etat-prod',
        location: 'europe-north1',
        keyRing: 'digdir',
        protectionLevel: 'SOFTWARE',
        replication: 'automatic',
      },
      platform: 'group:platform@etat.no',
      clients: {
        idporten: { clientId: '6c1a', scopes: ['idporten:dcr.write', 'idporten:dcr.read'], assertion: 'x5c' },
      },
      approval: {},
      rotation: { soak: 604_800, drain: 7260, retire: 'disable' },
    });
    assert.deepEqual(ok(shortest.replace('idporten:', 'maskinporten:')).clients.maskinporten?.scopes, [
      'idporten:dcr.write',
      'idporten:dcr.read',
      'idporten:scopes.write',
    ]);
  });

  test('may say how long before its end a certificate is renewed, within reason', () => {
    const saying = (time: string) => `${shortest}watch: { renewBefore: ${time} }\n`;
    assert.deepEqual(ok(saying('60d')).watch, { renewBefore: 60 * day });
    assert.equal(ok(shortest).watch, undefined);
    for (const time of ['13d', '366d', '2m', 'soon']) {
      const { findings } = readTenantFile(saying(time), 'tenant.yaml');
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['FIELD_INVALID'],
        time,
      );
    }
  });

  test('may say everything', () => {
    const { google, clients, approval } = ok(`
tenant: etat
environment: production
organisation: "991825827"
google:
  project: etat-prod
  location: europe-north1
  keyRing: digdir
  protectionLevel: hsm
  replication: [europe-north1, europe-west1]
platform: principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s
clients:
  idporten: { clientId: 6c1a, scopes: [a:b], assertion: kid, kid: k-1, cryptoKey: own }
approval:
  custody: { approvers: 2, who: [kari@etat.no, ola@etat.no], expiresAfter: 90s, remindAfter: [15s] }
  registration: { identity: verified, issuer: "https://login.etat.no", expiresAfter: 2d }
  activation: {}
`);
    assert.deepEqual(google.protectionLevel, 'HSM');
    assert.deepEqual(google.replication, { locations: ['europe-north1', 'europe-west1'] });
    assert.deepEqual(clients.idporten, {
      clientId: '6c1a',
      scopes: ['a:b'],
      assertion: 'kid',
      kid: 'k-1',
      cryptoKey: 'own',
    });
    assert.deepEqual(approval.custody, {
      approvers: 2,
      who: ['kari@etat.no', 'ola@etat.no'],
      identity: 'asserted',
      expiresAfter: 90,
      remindAfter: [15],
    });
    assert.equal(approval.registration?.identity, 'verified');
    // Of the usual reminders only those before the end stay.
    assert.deepEqual([approval.registration?.expiresAfter, approval.registration?.remindAfter], [2 * day, [day]]);
    assert.deepEqual(approval.activation, defaultGatePolicy);
  });

  test('reads durations as seconds', () => {
    const expiry = (text: string): number | undefined =>
      ok(`${shortest}approval: { custody: { expiresAfter: ${text}, remindAfter: [] } }`).approval.custody?.expiresAfter;
    assert.deepEqual(['90s', '15m', '12h', '14d'].map(expiry), [90, 900, 43_200, 14 * day]);
  });

  test('may use an anchor for what is the same', () => {
    const gate = '{ approvers: 1, who: [kari@etat.no] }';
    const { approval } = ok(`${shortest}approval: { custody: &gate ${gate}, activation: *gate }`);
    assert.deepEqual(approval.activation, approval.custody);
  });

  test('of the examples is right', () => {
    const file = new URL('../../examples/tenant.yaml', import.meta.url);
    assert.deepEqual(Object.keys(ok(readFileSync(file, 'utf8')).clients), ['maskinporten', 'idporten']);
  });

  test('of the documentation is right', () => {
    const page = readFileSync(new URL('../../docs/tenant-file.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/```yaml\n(tenant:[^]*?)```/g)].map(([, text]) => text ?? '');
    assert.ok(examples.length > 0);
    for (const example of examples) ok(example);
  });
});

describe('faults', () => {
  test('all come at once, in the order of the text, each at its place', () => {
    const text = `tennant: etat
environment: prod
organisation: 991825827
google: { project: p, location: europe-north1, keyRng: r, replication: [] }
platform: allUsers
clients:
  maskinporten: { clientId: "a b", assertion: x5c, kid: k, scopes: [s, s], cryptoKey: own }
  idporten: { clientId: c, cryptoKey: own }
approval:
  custody: { approvers: 3, who: [a, A], expiresAfter: 2d, remindAfter: [2d, 1d], identity: verified }
  registration: { expiresAfter: 2w, issuer: "http://x", foo: 1 }
  activation: 5
  wide: { who: [a], approvers: 2, expiresAfter: 1d, remindAfter: [1d], audience: x }
environment: test
`;
    const { tenant, findings } = readTenantFile(text, 't.yaml');
    assert.equal(tenant, undefined);
    assert.deepEqual(
      findings.map(({ where, code }) => `${where.replace('t.yaml:', '')} ${code}`),
      [
        '1:1 FIELD_MISSING',
        '1:1 FIELD_UNKNOWN',
        '3:15 FIELD_INVALID',
        '4:1 FIELD_MISSING',
        '4:20 FIELD_INVALID',
        '4:48 FIELD_UNKNOWN',
        '4:72 FIELD_INVALID',
        '5:11 FIELD_INVALID',
        '7:3 FIELD_INVALID',
        '7:29 FIELD_INVALID',
        '7:57 FIELD_INVALID',
        '7:68 FIELD_INVALID',
        '10:3 FIELD_INVALID',
        '10:25 FIELD_INVALID',
        '10:33 FIELD_INVALID',
        '10:72 FIELD_INVALID',
        '10:72 FIELD_INVALID',
        '11:33 FIELD_INVALID',
        '11:45 FIELD_INVALID',
        '11:45 FIELD_INVALID',
        '11:57 FIELD_UNKNOWN',
        '12:15 FIELD_INVALID',
        '13:32 FIELD_INVALID',
        '13:66 FIELD_INVALID',
        '13:82 FIELD_INVALID',
        '14:1 YAML_INVALID',
      ],
    );
    assert.match(findings[1]?.message ?? '', /Did you mean `tenant`\?/);
    assert.match(findings[2]?.message ?? '', /not a number: write it in quotes/);
  });

  test('of a file given by mistake never repeat what may be a key', () => {
    const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
    const texts = [
      `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
      `${body}: 1\n`,
      `environment: ${body}\n`,
      `"${body}`,
      `*${body}`,
      `!${body} x`,
      `? [${body}`,
      `a: b: ${body}`,
      `%${body}\n---\n`,
      `a: &${body} *${body}`,
      `tenant: {${body}`,
      `{${body}]`,
    ];
    for (const text of texts) {
      const { findings } = readTenantFile(text, 't.yaml');
      assert.ok(findings.length > 0);
      assert.ok(!JSON.stringify(findings).includes(body.slice(0, 12)), text);
    }
  });

  test('of size, depth and aliases are found before they exhaust anything', () => {
    const lists = 'abcdefghi'.split('').map((name, index, all) => {
      const items = index === 0 ? 'x' : `*${all[index - 1]}`;
      return `${name}: &${name} [${Array(9).fill(items).join(', ')}]`;
    });
    const codes = (text: string): string[] => readTenantFile(text, 't').findings.map(({ code }) => code);
    assert.deepEqual(codes(`# ${'x'.repeat(256 * 1024)}\n${shortest}`), ['FILE_TOO_LARGE']);
    assert.deepEqual(codes(lists.join('\n')), ['YAML_INVALID']);
    assert.ok(codes('['.repeat(50_000)).every((code) => code === 'YAML_INVALID'));
    assert.ok(codes('- '.repeat(50_000)).every((code) => code === 'YAML_INVALID'));
    const { findings } = readTenantFile(`${'['.repeat(20_000)}${']'.repeat(20_000)}`, 't');
    assert.match(JSON.stringify(findings), /nested deeper than can be read/);
  });

  test('are findings with a place, whatever the text', () => {
    const words = constantFrom(
      ...shortest.split(/(?<=[\s:{},])/),
      '[',
      ']',
      '"',
      '&a ',
      '*a',
      '? ',
      '| ',
      '\n  ',
      '__proto__: ',
      '<<: ',
    );
    const text = oneof(
      string(),
      string({ unit: 'binary' }),
      array(words).map((parts) => parts.join('')),
    );
    holds(
      property(text, (written) => {
        const { tenant, findings } = readTenantFile(written, 't.yaml');
        assert.equal(tenant === undefined, findings.length > 0);
        for (const { where } of findings) assert.match(where, /^t\.yaml:[1-9][0-9]*:[1-9][0-9]*$/);
      }),
      { numRuns: 500 },
    );
  });
});
