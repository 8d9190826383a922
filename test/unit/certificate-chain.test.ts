import assert from 'node:assert/strict';
import 'reflect-metadata';
import { X509Certificate, type KeyObject } from 'node:crypto';
import { before, describe, test } from 'node:test';
import * as x509 from '@peculiar/x509';
import { chainInOrder, readChain } from '../../documents/certificate-chain.ts';
import type { ChainContext } from '../../documents/certificate-rules.ts';
import { pemOf } from '../../documents/pem.ts';
import type { FailureCode } from '../../domain/failures.ts';
import { createAuthority, type Authority, type CertificateShape } from '../../local/authority/authority.ts';
import { businessCertificate, type BusinessCertificate } from '../../local/authority/business-certificate.ts';
import { createHierarchy, pem, type Hierarchy } from '../../local/authority/hierarchy.ts';
import { rsaKeyPair, webKey } from '../../local/authority/keys.ts';

const organisation = '991825827';
const now = new Date('2026-11-22T12:00:00Z');
const days = (count: number): Date => new Date(now.getTime() + count * 86_400_000);
let authority: Authority;
let local: ChainContext;

before(async () => {
  authority = await createAuthority({ clock: () => now });
  local = { environment: 'local', organisation, now, roots: authority.roots, where: 'chain.pem' };
});

const codes = (text: string, context: Partial<ChainContext> = {}): FailureCode[] =>
  readChain(text, { ...local, ...context }).findings.map(({ code }) => code);

describe('a business certificate as it should be', () => {
  for (const keySize of [2048, 3072, 4096] as const) {
    test(`with a key of ${keySize} bits is read whole`, async () => {
      const { leaf, chain, privateKey } = await authority.issue({ organisation, keySize });
      const { chain: read, findings } = readChain(chain.join(''), local);
      const native = new X509Certificate(leaf);
      assert.deepEqual(findings, []);
      assert.equal(read?.leaf.fingerprint, native.fingerprint256.replaceAll(':', '').toLowerCase());
      assert.equal(read?.leaf.keySize, keySize);
      assert.equal(read?.leaf.organisation, organisation);
      assert.equal(read?.leaf.serialNumber, native.serialNumber);
      assert.equal(read?.leaf.notAfter, native.validToDate.toISOString());
      assert.ok(native.checkPrivateKey(privateKey));
      assert.equal(read?.leaf.publicKey, native.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'));
    });
  }

  for (const organisationIn of ['serialNumber', 'organizationIdentifier', 'organisationName'] as const) {
    test(`may name its organisation in ${organisationIn}`, async () => {
      const { chain } = await authority.issue({ organisation, organisationIn });
      assert.equal(readChain(chain.join(''), local).chain?.leaf.organisation, organisation);
    });
  }
});

describe('order', () => {
  test('any order is put right, and said', async () => {
    const { chain } = await authority.issue({ organisation });
    const [leaf = '', intermediate = '', root = ''] = chain;
    const shuffled = [
      [leaf, root, intermediate],
      [intermediate, leaf, root],
      [root, intermediate, leaf],
    ];
    for (const parts of shuffled) {
      const { chain: read, findings } = readChain(parts.join('Bag Attributes\r\n'), local);
      assert.deepEqual(read?.pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n/g), chain);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['CHAIN_REORDERED'],
      );
    }
  });

  test('a certificate given twice is left out, and said', async () => {
    const { chain, leaf } = await authority.issue({ organisation });
    const { chain: read, findings } = readChain(chain.join('') + leaf, local);
    assert.equal(read?.pem, chain.join(''));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['CHAIN_REORDERED'],
    );
  });

  test('the root may be missing, the intermediate may not', async () => {
    const { leaf, intermediate, root } = await authority.issue({ organisation });
    assert.deepEqual(codes(leaf + intermediate), []);
    assert.deepEqual(codes(leaf), ['CHAIN_INTERMEDIATE_MISSING']);
    assert.deepEqual(codes(leaf + root), ['CHAIN_BROKEN', 'CHAIN_INTERMEDIATE_MISSING']);
  });

  test('certificates that do not belong to the chain are found', async () => {
    const { chain } = await authority.issue({ organisation });
    const other = await authority.issue({ organisation });
    const namesake = await createAuthority({ clock: () => now });
    assert.deepEqual(codes(chain.join('') + other.leaf), ['CHAIN_BROKEN']);
    assert.deepEqual(codes(chain.join('') + namesake.intermediates.join('')), ['CHAIN_BROKEN']);
    const [leaf = ''] = chain;
    assert.deepEqual(codes(leaf + namesake.intermediates.join('')), ['CHAIN_BROKEN', 'CHAIN_INTERMEDIATE_MISSING']);
  });

  test('a leaf whose signature does not hold is not taken for the issuer’s', async () => {
    const { leaf, intermediate } = await authority.issue({ organisation });
    const forged = Buffer.from(new X509Certificate(leaf).raw);
    forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
    assert.deepEqual(codes(pemOf('CERTIFICATE', forged) + intermediate), [
      'CHAIN_BROKEN',
      'CHAIN_INTERMEDIATE_MISSING',
    ]);
  });

  test('a leaf does not become an authority by signing', async () => {
    const { leaf, intermediate, privateKey } = await authority.issue({ organisation, shape: 'key-usage-absent' });
    const forged = await leafBy({ certificate: leaf, privateKey });
    const { findings } = readChain(forged + leaf + intermediate, local);
    const broken = findings.filter(({ code }) => code === 'CHAIN_BROKEN');
    assert.ok(broken.some(({ message }) => /without being an authority/.test(message)));
  });

  test('an authority below one that allows none is found', async () => {
    const above = await createHierarchy('Local', now);
    const keys = await rsaKeyPair(2048);
    const below = await x509.X509CertificateGenerator.create({
      subject: 'CN=Below',
      issuer: new x509.X509Certificate(above.intermediate).subject,
      notBefore: days(-1),
      notAfter: days(1000),
      publicKey: webKey(keys.publicKey),
      signingKey: webKey(above.intermediateKey),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    const leaf = await leafBy({ certificate: pem(below), privateKey: keys.privateKey });
    assert.deepEqual(codes(leaf + pem(below) + above.intermediate, { roots: [above.root] }), ['CHAIN_BROKEN']);
  });
});

describe('every shape that Digdir refuses', () => {
  const shapes: readonly [CertificateShape, ...FailureCode[]][] = [
    ['expired', 'CERTIFICATE_EXPIRED'],
    ['not-yet-valid', 'CERTIFICATE_NOT_YET_VALID'],
    ['self-signed', 'CERTIFICATE_SELF_SIGNED'],
    ['other-authority', 'CERTIFICATE_ISSUER_UNKNOWN'],
    ['no-organisation', 'CERTIFICATE_ORGANISATION_ABSENT'],
    ['no-policy', 'CERTIFICATE_POLICY'],
    ['wrong-policy', 'CERTIFICATE_POLICY'],
    ['key-usage-absent', 'CERTIFICATE_KEY_USAGE_ABSENT'],
    ['key-usage-not-critical', 'CERTIFICATE_KEY_USAGE_NOT_CRITICAL'],
    ['extra-critical-extension', 'CERTIFICATE_CRITICAL_EXTENSION'],
    ['elliptic-curve', 'KEY_NOT_RSA'],
    ['rsa-1024', 'KEY_SIZE_UNSUPPORTED'],
    ['production', 'CERTIFICATE_ISSUER_UNKNOWN'],
  ];
  for (const [shape, ...expected] of shapes) {
    test(`${shape} is found, and gives no chain`, async () => {
      const { chain } = await authority.issue({ organisation, shape });
      const read = readChain(chain.join(''), local);
      assert.deepEqual(
        read.findings.map(({ code }) => code),
        expected,
      );
      assert.equal(read.chain, undefined);
    });
  }

  test('another organisation, and an end in sight, are said', async () => {
    const { chain } = await authority.issue({ organisation: '312345678' });
    assert.deepEqual(codes(chain.join('')), ['CERTIFICATE_ORGANISATION_OTHER']);
    const soon = await authority.issue({ organisation, notAfter: days(89.5) });
    assert.deepEqual(codes(soon.chain.join('')), ['CERTIFICATE_EXPIRES_SOON']);
    const later = await authority.issue({ organisation, notAfter: days(91) });
    assert.deepEqual(codes(later.chain.join('')), []);
  });

  test('an intermediate that has expired is found', async () => {
    const { chain } = await authority.issue({ organisation, notAfter: days(365 * 30) });
    assert.deepEqual(codes(chain.join(''), { now: days(365 * 25) }), ['CERTIFICATE_EXPIRED', 'CERTIFICATE_EXPIRED']);
  });
});

describe('environments', () => {
  async function issuedBy({ intermediate, intermediateKey, root }: Hierarchy, policy: string): Promise<string> {
    const leaf = await leafBy({ certificate: intermediate, privateKey: intermediateKey }, { policy });
    return leaf + intermediate + root;
  }
  const everywhere = '2.16.578.1.26.1.3.2';

  test('follow from the name of the issuer', async () => {
    const test4 = await issuedBy(await createHierarchy('Buypass Class 3 Test4', now), everywhere);
    const real = await issuedBy(await createHierarchy('Buypass Class 3', now), everywhere);
    assert.deepEqual(codes(test4, { environment: 'production', roots: [] }), [
      'CERTIFICATE_ROOTS_UNCONFIGURED',
      'CERTIFICATE_ENVIRONMENT',
    ]);
    assert.deepEqual(codes(real, { environment: 'test', roots: [] }), [
      'CERTIFICATE_ROOTS_UNCONFIGURED',
      'CERTIFICATE_ENVIRONMENT',
    ]);
    assert.deepEqual(codes(real), ['CERTIFICATE_ENVIRONMENT']);
  });

  test('with roots, the roots decide who is accepted', async () => {
    const hierarchy = await createHierarchy('Buypass Class 3', now);
    const text = await issuedBy(hierarchy, everywhere);
    assert.deepEqual(codes(text, { environment: 'production', roots: [hierarchy.root] }), []);
    assert.deepEqual(codes(text, { environment: 'production' }), ['CERTIFICATE_ISSUER_UNKNOWN']);
    assert.deepEqual(codes(text, { roots: [hierarchy.root] }), []);
  });

  test('without roots, only the known names are accepted, and that nothing was verified is said', async () => {
    const unknown = await issuedBy(await createHierarchy('Buypass Class 9', now), everywhere);
    assert.deepEqual(codes(unknown, { environment: 'production', roots: [] }), [
      'CERTIFICATE_ROOTS_UNCONFIGURED',
      'CERTIFICATE_ISSUER_UNKNOWN',
    ]);
    const { chain } = await authority.issue({ organisation });
    assert.deepEqual(codes(chain.join(''), { roots: [] }), [
      'CERTIFICATE_ROOTS_UNCONFIGURED',
      'CERTIFICATE_ISSUER_UNKNOWN',
    ]);
  });

  test('have policies of their own, some of them open-ended', async () => {
    const hierarchy = await createHierarchy('Buypass Class 3', now);
    const production = { environment: 'production', roots: [hierarchy.root] } as const;
    const policy = async (oid: string): Promise<FailureCode[]> => codes(await issuedBy(hierarchy, oid), production);
    assert.deepEqual(await policy('2.16.578.1.29.13.210.7.1'), []);
    assert.deepEqual(await policy('2.16.578.1.29.13.2100'), ['CERTIFICATE_POLICY']);
    assert.deepEqual(await policy('2.16.578.1.1.1.1.100'), ['CERTIFICATE_POLICY']);
  });
});

describe('what is no chain', () => {
  test('nothing, garbage and other PEM blocks are found and never throw', async () => {
    const { leaf, chain } = await authority.issue({ organisation });
    const cut = leaf.replace(/\n[^\n]+\n-----END/, '\n-----END');
    assert.deepEqual(codes(''), ['CERTIFICATE_MISSING']);
    assert.deepEqual(codes('not a certificate'), ['CERTIFICATE_MISSING']);
    assert.deepEqual(codes(cut), ['CERTIFICATE_UNREADABLE']);
    assert.deepEqual(codes('-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n'), ['CERTIFICATE_UNREADABLE']);
    assert.deepEqual(codes(chain.join('') + cut), ['CERTIFICATE_UNREADABLE']);
    assert.deepEqual(codes(chain.join(''), { roots: [...authority.roots, 'no root'] }), ['CERTIFICATE_UNREADABLE']);
  });

  test('several faults come together', async () => {
    const { chain } = await authority.issue({
      organisation: '312345678',
      shape: 'key-usage-absent',
      notAfter: days(-1),
    });
    assert.deepEqual(codes(chain.toReversed().join('')), [
      'CHAIN_REORDERED',
      'CERTIFICATE_EXPIRED',
      'CERTIFICATE_KEY_USAGE_ABSENT',
      'CERTIFICATE_ORGANISATION_OTHER',
    ]);
  });
});

/** A business certificate signed by whatever certificate and key are given. */
async function leafBy(
  issuer: { certificate: string; privateKey: KeyObject },
  departure: BusinessCertificate['departure'] = {},
): Promise<string> {
  const keys = await rsaKeyPair(2048);
  const subject = { organisation, organisationName: 'Etaten', organisationIn: 'serialNumber' } as const;
  const validity = { notBefore: days(-1), notAfter: days(1000) };
  return pem(await businessCertificate({ keys, ...subject, ...validity, departure, issuer }));
}

test('a chain that is accepted is read whole when it is used, under every label and in any order', async () => {
  const { chain, leaf } = await authority.issue({ organisation });
  const text = chain.toReversed().join('').replaceAll(' CERTIFICATE-', ' X509 CERTIFICATE-');
  assert.ok(readChain(text, local).chain);
  const ders = chain.map((one) => new X509Certificate(one).raw.toString('hex'));
  const used = chainInOrder(text).map((der) => Buffer.from(der).toString('hex'));
  assert.deepEqual(used, ders);
  assert.equal(used[0], new X509Certificate(leaf).raw.toString('hex'));
});
