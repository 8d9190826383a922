/** Every input that is turned down before anything is created: its code, its place, and what to do about it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { readKeyFile } from '../../client/key-file.ts';
import { readChain } from '../../documents/certificate-chain.ts';
import type { ChainContext } from '../../documents/certificate-rules.ts';
import { readSeedYaml } from '../../documents/seed-yaml.ts';
import { readTenantFile } from '../../documents/tenant-file.ts';
import { describeFinding, failureOf, stops, type FailureCode, type Finding } from '../../domain/failures.ts';
import { createAuthority, type Authority, type CertificateShape } from '../../local/authority/authority.ts';

const organisation = '991825827';
const context: Omit<ChainContext, 'roots'> = { environment: 'local', organisation, now: new Date(), where: 'key.p12' };
let authority: Authority;
before(async () => {
  authority = await createAuthority();
});

const tenant = `tenant: etat
environment: local
organisation: "991825827"
google: { project: etat-prod, location: europe-north1, keyRing: digdir }
platform: user:kari@etat.no
clients:
  idporten: { clientId: c }
approval:
  custody: { approvers: 1, expiresAfter: 14d }
`;

/** A tenant file with one thing changed. */
const tenantFile = (from: string | RegExp, to: string) => () =>
  readTenantFile(tenant.replace(from, to), 't.yaml').findings;

const chainOf = (shape: CertificateShape, parts: (chain: readonly string[]) => readonly string[] = (chain) => chain) =>
  async function judge(): Promise<Finding[]> {
    const { chain } = await authority.issue({ organisation, shape });
    return readChain(parts(chain).join(''), { ...context, roots: authority.roots }).findings;
  };

const keyFile = (options: {
  shape?: CertificateShape;
  passphrase?: string;
  parts?: 'key' | 'chain' | 'other' | 'two';
}) =>
  async function open(): Promise<readonly Finding[]> {
    const issued = await authority.issue({ organisation, shape: options.shape ?? 'accepted' });
    const other = await authority.issue({ organisation });
    const [key, second] = [issued, other].map((one) =>
      one.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    );
    const parts = { key, chain: issued.leaf, other: `${key}${other.leaf}`, two: `${key}${second}${issued.leaf}` };
    const pem = options.parts ? parts[options.parts] : `${key}${issued.chain.join('')}`;
    if (options.passphrase === undefined)
      return readKeyFile({ bytes: Buffer.from(pem ?? ''), where: 'key.p12' }).findings;
    const bytes = execFileSync('openssl', ['pkcs12', '-export', '-passout', 'pass:riktig'], { input: pem });
    const passphrase = options.passphrase === '' ? {} : { passphrase: Buffer.from(options.passphrase) };
    return readKeyFile({ bytes, where: 'key.p12', ...passphrase }).findings;
  };

type Row = readonly [
  what: string,
  judge: () => readonly Finding[] | Promise<readonly Finding[]>,
  code: FailureCode,
  where: string,
  message: RegExp,
];

const rows: readonly Row[] = [
  ['no YAML', tenantFile('tenant: etat', 'tenant: "etat'), 'YAML_INVALID', 't.yaml:1:14', /not YAML/],
  ['a key twice', tenantFile('approval:', 'tenant: b\napproval:'), 'YAML_INVALID', 't.yaml:8:1', /twice/],
  ['a file too large', tenantFile(/$/, `#${'x'.repeat(270_000)}`), 'FILE_TOO_LARGE', 't.yaml:1:1', /262144/],
  [
    'a misspelt field',
    tenantFile('c }', 'c, cryptokey: k }'),
    'FIELD_UNKNOWN',
    't.yaml:7:28',
    /Did you mean `cryptoKey`/,
  ],
  ['a field of nobody', tenantFile('platform:', 'budget: 1\nplatform:'), 'FIELD_UNKNOWN', 't.yaml:5:1', /Known here/],
  [
    'a missing field',
    tenantFile('environment: local\n', ''),
    'FIELD_MISSING',
    't.yaml:1:1',
    /`environment` is missing/,
  ],
  ['a missing inner field', tenantFile('{ clientId: c }', '{}'), 'FIELD_MISSING', 't.yaml:7:3', /clientId` is missing/],
  [
    'another environment',
    tenantFile('local', 'staging'),
    'FIELD_INVALID',
    't.yaml:2:14',
    /local or test or production/,
  ],
  ['no text', tenantFile('"991825827"', '991825827'), 'FIELD_INVALID', 't.yaml:3:15', /write it in quotes/],
  ['a check digit', tenantFile('827"', '828"'), 'ORGANISATION_NUMBER_INVALID', 't.yaml:3:15', /check digit/],
  ['eight digits', tenantFile('827"', '82"'), 'ORGANISATION_NUMBER_INVALID', 't.yaml:3:15', /nine digits/],
  ['everybody', tenantFile('user:kari@etat.no', 'allUsers'), 'FIELD_INVALID', 't.yaml:5:11', /one principal/],
  [
    'no client',
    tenantFile('\n  idporten: { clientId: c }', ' {}'),
    'FIELD_INVALID',
    't.yaml:6:10',
    /maskinporten, idporten/,
  ],
  ['a kid without its style', tenantFile('c }', 'c, kid: k }'), 'FIELD_INVALID', 't.yaml:7:33', /assertion: kid/],
  ['a week', tenantFile('14d', '2w'), 'FIELD_INVALID', 't.yaml:9:42', /a number and a unit/],
  ['nobody asked', tenantFile('approvers: 1', 'approvers: 0'), 'FIELD_INVALID', 't.yaml:9:25', /1 or more/],
  ['seed: latest', () => seed('versions/latest'), 'FIELD_INVALID', 's.yaml:1:43', /full name of a version/],

  ['no key file', () => read('hello'), 'KEY_FILE_UNSUPPORTED', 'key.p12', /neither PKCS#12/],
  ['no passphrase', keyFile({ passphrase: '' }), 'PASSPHRASE_MISSING', 'key.p12', /none was given/],
  ['a wrong passphrase', keyFile({ passphrase: 'feil' }), 'PASSPHRASE_WRONG', 'key.p12', /does not open/],
  ['no private key', keyFile({ parts: 'chain' }), 'KEY_MISSING', 'key.p12', /no private key/],
  ['two private keys', keyFile({ parts: 'two' }), 'KEY_AMBIGUOUS', 'key.p12', /several/],
  ['no certificate', keyFile({ parts: 'key' }), 'CERTIFICATE_MISSING', 'key.p12', /no certificate/],
  [
    'key and leaf apart',
    keyFile({ parts: 'other' }),
    'KEY_CERTIFICATE_MISMATCH',
    'key.p12',
    /None of the certificates/,
  ],
  ['an elliptic key', keyFile({ shape: 'elliptic-curve' }), 'KEY_NOT_RSA', 'key.p12', /not an RSA key/],
  ['a small key', keyFile({ shape: 'rsa-1024' }), 'KEY_SIZE_UNSUPPORTED', 'key.p12', /another size/],

  ['nothing', chainOf('accepted', () => []), 'CERTIFICATE_MISSING', 'key.p12', /no PEM certificate/],
  [
    'a cut',
    chainOf('accepted', ([leaf = '']) => [leaf.replace(/\n.{9}/, '\n')]),
    'CERTIFICATE_UNREADABLE',
    'key.p12',
    /PEM block 1/,
  ],
  ['expired', chainOf('expired'), 'CERTIFICATE_EXPIRED', 'key.p12', /expired 20\d\d-/],
  ['not yet valid', chainOf('not-yet-valid'), 'CERTIFICATE_NOT_YET_VALID', 'key.p12', /is valid from 20\d\d-/],
  ['self-signed', chainOf('self-signed'), 'CERTIFICATE_SELF_SIGNED', 'key.p12', /its own key/],
  ['no key usage', chainOf('key-usage-absent'), 'CERTIFICATE_KEY_USAGE_ABSENT', 'key.p12', /key usage/],
  ['key usage', chainOf('key-usage-not-critical'), 'CERTIFICATE_KEY_USAGE_NOT_CRITICAL', 'key.p12', /not critical/],
  ['critical', chainOf('extra-critical-extension'), 'CERTIFICATE_CRITICAL_EXTENSION', 'key.p12', /2\.5\.29\.37/],
  ['no policy', chainOf('no-policy'), 'CERTIFICATE_POLICY', 'key.p12', /has no policy/],
  ['a person’s policy', chainOf('wrong-policy'), 'CERTIFICATE_POLICY', 'key.p12', /only the policies 2\.16/],
  [
    'no organisation',
    chainOf('no-organisation'),
    'CERTIFICATE_ORGANISATION_ABSENT',
    'key.p12',
    /no organisation number/,
  ],
  [
    'an unknown authority',
    chainOf('other-authority'),
    'CERTIFICATE_ISSUER_UNKNOWN',
    'key.p12',
    /not accepted in local/,
  ],
  ['production locally', chainOf('production'), 'CERTIFICATE_ISSUER_UNKNOWN', 'key.p12', /not accepted in local/],
  [
    'no intermediate',
    chainOf('accepted', (chain) => chain.slice(0, 1)),
    'CHAIN_INTERMEDIATE_MISSING',
    'key.p12',
    /is not there/,
  ],
];

const read = (text: string): readonly Finding[] => readKeyFile({ bytes: Buffer.from(text), where: 'key.p12' }).findings;
const seed = (version: string): Finding[] =>
  readSeedYaml(`idporten: { secret-manager: { cert-chain: "projects/p/secrets/s/${version}" } }`, 's.yaml').findings;

for (const [what, judge, code, where, message] of rows) {
  test(`${what}: ${code}`, async () => {
    const findings = await judge();
    const finding = findings.find((one) => one.code === code);
    assert.ok(finding, findings.map(describeFinding).join('\n'));
    assert.deepEqual([finding.where, findings.length], [where, 1], findings.map(describeFinding).join('\n'));
    assert.match(finding.message, message);
    assert.ok(stops(finding));
    assert.ok(describeFinding(finding).includes(failureOf(code).remedy));
  });
}

test('another organisation and a missing intermediate are told together', async () => {
  const { leaf } = await authority.issue({ organisation: '312345678', shape: 'no-policy' });
  const { chain, findings } = readChain(leaf, { ...context, roots: authority.roots });
  assert.equal(chain, undefined);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['CERTIFICATE_POLICY', 'CERTIFICATE_ORGANISATION_OTHER', 'CHAIN_INTERMEDIATE_MISSING'],
  );
});
