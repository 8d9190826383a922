import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { constantFrom, assert as holds, nat, property, uint8Array } from 'fast-check';
import { readKeyFile, type KeyFile, type KeyFileReading } from '../../client/key-file.ts';
import { createAuthority, type Authority, type IssuedCertificate } from '../../local/authority/authority.ts';
import { writeKeyFiles, type KeyFileForm } from '../../local/authority/key-files.ts';

const organisation = '991825827';
const folder = mkdtempSync(join(tmpdir(), 'digdir-key-file-'));
after(() => rmSync(folder, { recursive: true }));

let authority: Authority;
let issued: IssuedCertificate;
before(async () => {
  authority = await createAuthority();
  issued = await authority.issue({ organisation });
});

const where = 'key.p12';
const secret = (text: string): Buffer => Buffer.from(text);
const read = (bytes: Buffer | string, rest: Partial<KeyFile> = {}): KeyFileReading =>
  readKeyFile({ bytes: Buffer.from(bytes), where, ...rest });
const codes = (reading: KeyFileReading): string[] => reading.findings.map(({ code }) => code);
const pkcs8 = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' });

function openssl(args: readonly string[], input: string | Buffer): Buffer {
  return execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
}

function pkcs12(contents: string, passphrase: string, options: readonly string[] = []): Buffer {
  return openssl(['pkcs12', '-export', '-passout', `pass:${passphrase}`, ...options], contents);
}

describe('every form of key file', () => {
  const forms: readonly KeyFileForm[] = [
    ...(['pkcs12-aes256', 'pkcs12-3des', 'pkcs12-openssl', 'pkcs12-rc2-40'] as const),
    ...(['pem-pkcs1', 'pem-pkcs8', 'pem-encrypted-pkcs8', 'der'] as const),
  ];
  for (const form of forms) {
    test(`${form} gives the key and its certificates, byte for byte`, async () => {
      for (const keySize of form === 'pkcs12-openssl' ? ([2048, 3072, 4096] as const) : ([2048] as const)) {
        const made = await authority.issue({ organisation, keySize });
        const files = await writeKeyFiles(join(folder, `${form}-${keySize}`), made, form, 'hemmelig');
        const chain = Buffer.concat(files.certificates.slice(0, 1).map((file) => readFileSync(file)));
        const options = { passphrase: secret('hemmelig'), ...(chain.length > 0 ? { chain } : {}) };
        const reading = read(readFileSync(files.key), options);
        assert.deepEqual(reading.findings, []);
        assert.deepEqual(reading.key?.pkcs8, pkcs8(made.privateKey));
        // A DER certificate file holds one certificate: only the leaf was given.
        const expected = form === 'der' ? [made.leaf] : made.chain;
        assert.deepEqual(new Set(reading.chainPem?.match(/-----BEGIN[^]*?-----END.*\n/g)), new Set(expected));
      }
    });
  }

  test('the traditional encrypted PEM, and encrypted PKCS#8 as DER', () => {
    const passphrase = secret('hemmelig');
    const options = { cipher: 'aes-256-cbc', passphrase: 'hemmelig' } as const;
    const traditional = issued.privateKey.export({ type: 'pkcs1', format: 'pem', ...options });
    const der = issued.privateKey.export({ type: 'pkcs8', format: 'der', ...options });
    for (const bytes of [traditional, der]) {
      const chain = Buffer.from(issued.leaf);
      assert.deepEqual(read(bytes, { chain, passphrase }).key?.pkcs8, pkcs8(issued.privateKey));
      assert.deepEqual(codes(read(bytes, { chain })), ['PASSPHRASE_MISSING']);
      assert.equal(read(bytes, { chain }).needsPassphrase, true);
      assert.deepEqual(codes(read(bytes, { chain, passphrase: secret('feil') })), ['PASSPHRASE_WRONG']);
    }
  });

  test('PKCS#1 as DER, and a PEM bundle of key and certificates', () => {
    const pkcs1 = issued.privateKey.export({ type: 'pkcs1', format: 'der' });
    assert.deepEqual(read(pkcs1, { chain: Buffer.from(issued.leaf) }).key?.pkcs8, pkcs8(issued.privateKey));
    const bundle = pemKey(issued.privateKey) + issued.chain.join('Bag Attributes\n');
    const reading = read(bundle, { chain: Buffer.from(issued.intermediate) });
    assert.deepEqual(reading.key?.pkcs8, pkcs8(issued.privateKey));
    assert.equal(reading.chainPem, issued.chain.join(''));
  });

  test('PKCS#12 with letters beyond ASCII in the passphrase, with an empty one, and without any', () => {
    const contents = pemKey(issued.privateKey) + issued.chain.join('');
    for (const options of [[], ['-legacy', '-descert', '-macalg', 'sha1']]) {
      const file = pkcs12(contents, 'blåbærgrøt €', options);
      assert.deepEqual(codes(read(file, { passphrase: secret('blåbærgrøt €') })), []);
      assert.deepEqual(codes(read(file, { passphrase: secret('blåbærgrøt') })), ['PASSPHRASE_WRONG']);
    }
    assert.deepEqual(codes(read(pkcs12(contents, ''))), []);
    assert.deepEqual(codes(read(pkcs12(contents, '', ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac']))), []);
  });

  test('a certificate keeps its fingerprint, whatever algorithm signed it', () => {
    const key = join(folder, 'rsa.pem');
    const authorityKey = join(folder, 'ec.pem');
    writeFileSync(key, pemKey(issued.privateKey));
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    writeFileSync(authorityKey, ec.export({ type: 'pkcs8', format: 'pem' }));
    const self = ['req', '-x509', '-new', '-subj', '/CN=Ole', '-days', '9'];
    const root = openssl([...self, '-key', authorityKey], '').toString();
    writeFileSync(join(folder, 'root.pem'), root);
    const issue = ['-CA', join(folder, 'root.pem'), '-CAkey', authorityKey];
    const byEc = openssl([...self, '-key', key, ...issue], '').toString();
    const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'];
    const byPss = openssl([...self, '-key', key, ...pss], '').toString();
    for (const certificate of [byEc, byPss]) {
      const reading = read(pkcs12(pemKey(issued.privateKey) + certificate, 'x'), { passphrase: secret('x') });
      assert.equal(reading.chainPem, certificate);
      assert.ok(reading.key);
    }
  });
});

describe('key files that cannot be used', () => {
  const pem = (): string => pemKey(issued.privateKey);

  test('each has its code, and no key', async () => {
    const other = await authority.issue({ organisation });
    const curve = await authority.issue({ organisation, shape: 'elliptic-curve' });
    const small = await authority.issue({ organisation, shape: 'rsa-1024' });
    const protectedFile = pkcs12(pem() + issued.leaf, 'hemmelig');
    const passphrase = secret('hemmelig');
    const chain = Buffer.from(issued.leaf);
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
    const table: readonly [KeyFileReading, ...string[]][] = [
      [read(protectedFile), 'PASSPHRASE_MISSING'],
      [read(protectedFile, { passphrase: secret('feil') }), 'PASSPHRASE_WRONG'],
      [read(protectedFile, { passphrase: secret('') }), 'PASSPHRASE_WRONG'],
      [read(protectedFile.subarray(0, 900), { passphrase }), 'KEY_FILE_UNSUPPORTED'],
      [read(''), 'KEY_FILE_UNSUPPORTED'],
      [read('cosign'), 'KEY_FILE_UNSUPPORTED'],
      [read(pem().replace(/\n.{20}/, '\n')), 'KEY_FILE_UNSUPPORTED'],
      [read(pem().replace(/PRIVATE/g, 'OPENSSH PRIVATE')), 'KEY_FILE_UNSUPPORTED'],
      [read(pem()), 'CERTIFICATE_MISSING'],
      [read(pkcs12(pem(), 'x', ['-nocerts']), { passphrase: secret('x') }), 'CERTIFICATE_MISSING'],
      [read(pem(), { chain: Buffer.from('PKCS7') }), 'CERTIFICATE_UNREADABLE'],
      [read(issued.chain.join('')), 'KEY_MISSING'],
      [read(pkcs12(issued.leaf, 'x', ['-nokeys']), { passphrase: secret('x') }), 'KEY_MISSING'],
      [read(pem(), { chain: Buffer.from(other.chain.join('')) }), 'KEY_CERTIFICATE_MISMATCH'],
      [read(pem() + pemKey(other.privateKey), { chain }), 'KEY_AMBIGUOUS'],
      [read(pemKey(curve.privateKey) + curve.leaf), 'KEY_NOT_RSA'],
      [read(pkcs12(pemKey(curve.privateKey) + curve.leaf, 'x'), { passphrase: secret('x') }), 'KEY_NOT_RSA'],
      [read(pemKey(small.privateKey) + small.leaf), 'KEY_SIZE_UNSUPPORTED'],
      [read(pemKey(small.privateKey) + issued.leaf), 'KEY_SIZE_UNSUPPORTED', 'KEY_CERTIFICATE_MISMATCH'],
      [read(pemKey(pss), { chain }), 'KEY_NOT_RSA', 'KEY_CERTIFICATE_MISMATCH'],
      [read(pem() + pem() + issued.leaf)],
    ];
    for (const [index, [reading, ...expected]] of table.entries()) {
      assert.deepEqual(codes(reading), expected, `row ${index}`);
      assert.equal(reading.key === undefined, expected.length > 0, `row ${index}`);
      assert.equal(reading.needsPassphrase, expected.includes('PASSPHRASE_MISSING'), `row ${index}`);
    }
  });

  test('a passphrase changes nothing about what needs none', () => {
    const reading = read(pem(), { chain: Buffer.from(issued.leaf), passphrase: secret('hemmelig') });
    assert.deepEqual(reading.findings, []);
  });

  test('damaged files are findings, never exceptions', () => {
    const file = pkcs12(pem() + issued.leaf, 'x');
    for (const length of [1, 2, 5, 30, 200, file.length - 60, file.length - 1]) {
      assert.equal(read(file.subarray(0, length), { passphrase: secret('x') }).key, undefined);
    }
    const seeds = constantFrom(
      pkcs8(issued.privateKey),
      Buffer.from(pem()),
      Buffer.from(issued.leaf),
      Buffer.alloc(40, 0x30),
    );
    holds(
      property(seeds, uint8Array({ minLength: 1, maxLength: 12 }), nat(), (seed, noise, place) => {
        const bytes = Buffer.from(seed);
        bytes.set(noise, place % (bytes.length - noise.length));
        assert.ok(read(bytes, { passphrase: secret('x') }).findings.length > 0);
      }),
    );
  });
});

function pemKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
