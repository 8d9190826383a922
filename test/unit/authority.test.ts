import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Authority, type CertificateShape, createAuthority } from '../../local/authority/authority.ts';
import { type KeyFileForm, writeKeyFiles } from '../../local/authority/key-files.ts';

const organisation = '312345678';
let folder: string;
let authority: Authority;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'authority-'));
  authority = await createAuthority({ folder: join(folder, 'authority') });
});
after(() => rm(folder, { recursive: true }));

describe('shapes of business certificates, as OpenSSL reads them', () => {
  const shapes: [CertificateShape, present: RegExp | undefined, absent?: RegExp][] = [
    ['accepted', /serialNumber ?= ?312345678[^]*Key Usage: critical[^]*2\.16\.578\.1\.1\.1\.1\.100[^]*URI:http/],
    ['no-organisation', undefined, /312345678/],
    ['no-policy', undefined, /Certificate Policies/],
    ['wrong-policy', /Policy: 2\.16\.578\.1\.26\.1\.3\.1\n/],
    ['key-usage-absent', undefined, /X509v3 Key Usage/],
    ['key-usage-not-critical', /X509v3 Key Usage: \n/],
    ['extra-critical-extension', /Extended Key Usage: critical/],
    ['elliptic-curve', /id-ecPublicKey/],
    ['rsa-1024', /Public-Key: \(1024 bit\)/],
    ['self-signed', /Issuer:(.*)\n[^]*Subject:\1\n/],
  ];
  for (const [shape, present, absent] of shapes) {
    test(shape, async () => {
      const text = opensslText((await authority.issue({ organisation, shape })).leaf);
      if (present) assert.match(text, present);
      if (absent) assert.doesNotMatch(text, absent);
    });
  }

  test('expired and not-yet-valid lie on either side of now', async () => {
    const expired = new X509Certificate((await authority.issue({ organisation, shape: 'expired' })).leaf);
    const early = new X509Certificate((await authority.issue({ organisation, shape: 'not-yet-valid' })).leaf);
    assert.ok(expired.validToDate < new Date());
    assert.ok(early.validFromDate > new Date());
  });

  test('another certificate may be for the same key', async () => {
    const first = await authority.issue({ organisation });
    const second = await authority.issue({ organisation, privateKey: first.privateKey });
    const [one, other] = [first, second].map(({ leaf }) => new X509Certificate(leaf));
    assert.ok(one && other);
    assert.ok(other.publicKey.equals(one.publicKey));
    assert.notEqual(other.serialNumber, one.serialNumber);
  });

  test('the organisation number goes where it is asked to', async () => {
    const inIdentifier = await authority.issue({ organisation, organisationIn: 'organizationIdentifier' });
    const inName = await authority.issue({
      organisation,
      organisationIn: 'organisationName',
      organisationName: 'Etat',
    });
    assert.match(opensslText(inIdentifier.leaf), /organizationIdentifier ?= ?NTRNO-312345678/);
    assert.match(opensslText(inName.leaf), /O ?= ?Etat-312345678/);
  });

  for (const keySize of [2048, 3072, 4096] as const) {
    test(`an RSA key of ${keySize} bits`, async () => {
      const { leaf, privateKey } = await authority.issue({ organisation, keySize });
      assert.ok(new X509Certificate(leaf).checkPrivateKey(privateKey));
      assert.equal(privateKey.asymmetricKeyDetails?.modulusLength, keySize);
    });
  }
});

describe('hierarchies', () => {
  test('each leaf is signed by its intermediate, and that by the root of its hierarchy alone', async () => {
    const shapes: [CertificateShape, readonly string[]][] = [
      ['accepted', authority.roots],
      ['production', authority.productionRoots],
      ['other-authority', []],
    ];
    for (const [shape, roots] of shapes) {
      const { leaf, intermediate, root } = await authority.issue({ organisation, shape });
      assert.ok(signedBy(leaf, intermediate), shape);
      assert.ok(signedBy(intermediate, root), shape);
      const known = [...authority.roots, ...authority.productionRoots].filter((one) => one === root);
      assert.deepEqual(known, roots, shape);
    }
  });

  test('a restart on the same folder is the same authority, and remembers what was revoked', async () => {
    const revoked = await authority.issue({ organisation, shape: 'revoked' });
    const accepted = await authority.issue({ organisation });
    const again = await createAuthority({ folder: join(folder, 'authority') });
    assert.deepEqual(again.roots, authority.roots);
    assert.ok(again.isRevoked(revoked.leaf));
    assert.ok(!again.isRevoked(accepted.leaf));
    const later = await again.issue({ organisation });
    assert.ok(signedBy(later.leaf, accepted.intermediate));
  });
});

describe('key files', () => {
  const passphrase = 'en lang setning med æøå';
  const pkcs12: [KeyFileForm, passphrase: string][] = [
    ['pkcs12-aes256', 'ASCII alone'],
    ['pkcs12-3des', passphrase],
    ['pkcs12-openssl', passphrase],
    ['pkcs12-rc2-40', passphrase],
  ];
  for (const [form, passphrase] of pkcs12) {
    test(`OpenSSL reads the key and the chain of ${form}`, async () => {
      const issued = await authority.issue({ organisation });
      const { key } = await writeKeyFiles(folder, issued, form, passphrase);
      const text = execFileSync('openssl', ['pkcs12', '-legacy', '-in', key, '-nodes', '-passin', 'env:PASSPHRASE'], {
        env: { ...process.env, PASSPHRASE: passphrase },
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString();
      assert.ok(createPrivateKey(text).equals(issued.privateKey));
      assert.equal(text.match(/BEGIN CERTIFICATE/g)?.length, 3);
    });
  }

  const plain: [KeyFileForm, header: RegExp][] = [
    ['pem-pkcs1', /BEGIN RSA PRIVATE KEY/],
    ['pem-pkcs8', /BEGIN PRIVATE KEY/],
    ['pem-encrypted-pkcs8', /BEGIN ENCRYPTED PRIVATE KEY/],
  ];
  for (const [form, header] of plain) {
    test(`${form} with the chain beside it`, async () => {
      const issued = await authority.issue({ organisation });
      const { key, certificates } = await writeKeyFiles(folder, issued, form, passphrase);
      const text = await readFile(key, 'utf8');
      assert.match(text, header);
      assert.ok(createPrivateKey({ key: text, passphrase }).equals(issued.privateKey));
      assert.equal(await readFile(certificates[0] ?? '', 'utf8'), issued.chain.join(''));
    });
  }

  test('DER, a file for the key and for each certificate', async () => {
    const issued = await authority.issue({ organisation });
    const { key, certificates } = await writeKeyFiles(folder, issued, 'der', passphrase);
    const read = createPrivateKey({ key: await readFile(key), format: 'der', type: 'pkcs8' });
    assert.ok(read.equals(issued.privateKey));
    const chain = await Promise.all(certificates.map(async (path) => new X509Certificate(await readFile(path))));
    const expected = issued.chain.map((certificate) => new X509Certificate(certificate));
    assert.deepEqual(
      chain.map((certificate) => certificate.fingerprint256),
      expected.map((certificate) => certificate.fingerprint256),
    );
  });
});

function opensslText(certificate: string): string {
  return execFileSync('openssl', ['x509', '-noout', '-text'], { input: certificate }).toString();
}

function signedBy(certificate: string, issuer: string): boolean {
  const [subject, signer] = [new X509Certificate(certificate), new X509Certificate(issuer)];
  return subject.checkIssued(signer) && subject.verify(signer.publicKey);
}
