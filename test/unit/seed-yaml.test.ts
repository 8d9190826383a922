import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as holds, constantFrom, nat, property, record } from 'fast-check';
import { parse } from 'yaml';
import { digdiratorSettings, readSeedYaml, writeSeedYaml } from '../../documents/seed-yaml.ts';

const place = 'projects/123456789';
const key = (kind: string, version = 1): string =>
  `${place}/locations/europe-north1/keyRings/nais-test/cryptoKeys/${kind}-cert-chain/cryptoKeyVersions/${version}`;
const secret = (name: string, version = 1): string => `${place}/secrets/${name}/versions/${version}`;
const both = {
  maskinporten: {
    keyVersion: key('maskinporten'),
    clientIdVersion: secret('maskinporten-client-id'),
    chainVersion: secret('maskinporten-cert-chain'),
  },
  idporten: {
    keyVersion: key('idporten'),
    clientIdVersion: secret('idporten-client-id'),
    chainVersion: secret('idporten-cert-chain'),
  },
};

test('the nested form is read, with either spelling of the chain', () => {
  const text = `
maskinporten:
  kms:
    key: "${key('maskinporten')}"
  secret-manager:
    client-id: "${secret('maskinporten-client-id')}"
    cert-cain: "${secret('maskinporten-cert-chain')}"
idporten:
  kms: { key: ${key('idporten')} }
  secret-manager: { client-id: ${secret('idporten-client-id')}, cert-chain: ${secret('idporten-cert-chain')} }
`;
  assert.deepEqual(readSeedYaml(text, 'seed.yaml'), { resources: both, findings: [] });
});

test('the flattened form of the page is read, where names tell the clients apart', () => {
  const block = (kind: string): string =>
    `    key: "${key(kind)}"\n    client-id: "${secret(`${kind}-client-id`)}"\n    cert-cain: "${secret(`${kind}-cert-chain`)}"\n`;
  assert.deepEqual(readSeedYaml(block('maskinporten') + block('idporten'), 'seed.yaml').resources, both);
  const { findings } = readSeedYaml(block('admin'), 'seed.yaml');
  assert.deepEqual(
    findings.map(({ code, where }) => [code, where]),
    [
      ['FIELD_INVALID', 'seed.yaml:1:10'],
      ['FIELD_INVALID', 'seed.yaml:2:16'],
      ['FIELD_INVALID', 'seed.yaml:3:16'],
    ],
  );
  assert.deepEqual(readSeedYaml(block('idporten') + block('idporten'), 'seed.yaml').findings.length, 3);
});

test('a block decides, whatever the resource is called', () => {
  const text = `maskinporten: { key: ${key('idporten')} }\n`;
  assert.deepEqual(readSeedYaml(text, 's').resources, { maskinporten: { keyVersion: key('idporten') } });
});

test('what does not fit is found at its place, all at once', () => {
  const text = `maskinporten:
  kms:
    key: ${key('maskinporten')}/x
    client-id: ${secret('maskinporten-client-id')}
  secret-manager:
    cert-chian: ${secret('maskinporten-cert-chain')}
    client-id: ${place}/secrets/maskinporten-client-id/versions/latest
    cert-chain: [1]
idporten:
ansattporten:
  key: 1
`;
  const { resources, findings } = readSeedYaml(text, 's');
  assert.equal(resources, undefined);
  assert.deepEqual(
    findings.map(({ code, where }) => `${where} ${code}`),
    [
      's:3:10 FIELD_INVALID',
      's:4:5 FIELD_UNKNOWN',
      's:6:5 FIELD_UNKNOWN',
      's:7:16 FIELD_INVALID',
      's:8:17 FIELD_INVALID',
      's:9:10 FIELD_INVALID',
      's:11:3 FIELD_UNKNOWN',
    ],
  );
  assert.match(findings[2]?.message ?? '', /Did you mean `cert-chain`\?/);
});

test('nothing and no YAML are found', () => {
  for (const text of ['', 'a', '[]', '{}']) {
    assert.deepEqual(
      readSeedYaml(text, 's').findings.map(({ code }) => code),
      ['FIELD_MISSING'],
      text,
    );
  }
  assert.deepEqual(
    readSeedYaml('"', 's').findings.map(({ code }) => code),
    ['YAML_INVALID'],
  );
});

test('what is written is read back', () => {
  const resources = record(
    { maskinporten: some('maskinporten'), idporten: some('idporten') },
    { requiredKeys: ['idporten'], noNullPrototype: true },
  );
  holds(
    property(resources, (written) => {
      assert.deepEqual(readSeedYaml(writeSeedYaml(written), 's'), { resources: written, findings: [] });
    }),
  );
  function some(kind: string) {
    const version = nat({ max: 999 }).map((number) => number + 1);
    const name = constantFrom(kind, 'admin', 'x_1');
    const secretVersion = record({ name, version }).map((one) => secret(one.name, one.version));
    const keyVersion = record({ name, version }).map((one) => key(one.name, one.version));
    const fields = { keyVersion, clientIdVersion: secretVersion, chainVersion: secretVersion };
    return record(fields, { requiredKeys: ['keyVersion'], noNullPrototype: true });
  }
});

test('the written form is that of the page', () => {
  const text = writeSeedYaml({ maskinporten: both.maskinporten });
  const [version, id, chain] = [
    both.maskinporten.keyVersion,
    secret('maskinporten-client-id'),
    secret('maskinporten-cert-chain'),
  ];
  assert.equal(
    text,
    `maskinporten:\n  kms:\n    key: "${version}"\n  secret-manager:\n    client-id: "${id}"\n    cert-chain: "${chain}"\n`,
  );
});

test("digdirator's settings carry the same key, chain and client", () => {
  const chainPem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const yaml = digdiratorSettings({
    clientId: 'c',
    keyVersion: key('maskinporten'),
    chainPem,
    scopes: ['idporten:dcr.write', 'idporten:dcr.read'],
    selfService: 'https://api.samarbeid.digdir.no/api/v1',
    maskinportenMetadata: 'https://maskinporten.no/.well-known/oauth-authorization-server',
  });
  assert.deepEqual(parse(yaml), {
    digdir: {
      admin: {
        'base-url': 'https://api.samarbeid.digdir.no/api/v1',
        'client-id': 'c',
        'kms-key-path': key('maskinporten'),
        scopes: 'idporten:dcr.write idporten:dcr.read',
        'cert-chain': chainPem,
      },
      maskinporten: { 'well-known-url': 'https://maskinporten.no/.well-known/oauth-authorization-server' },
    },
  });
});
