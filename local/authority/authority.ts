/**
 * A test certificate authority: issues business certificates as Buypass and Commfides do, for an organisation that
 * exists only here. Two hierarchies stand for Digdir's test and production environments; a third is known to nobody.
 */

import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { businessCertificate, type OrganisationPlace } from './business-certificate.ts';
import { pem } from './hierarchy.ts';
import { ellipticKeyPair, type KeyPair, rsaKeyPair } from './keys.ts';
import { openRecords } from './records.ts';
import { type CertificateShape, SHAPES } from './shapes.ts';

export type { CertificateShape } from './shapes.ts';

export type IssuedCertificate = {
  readonly shape: CertificateShape;
  readonly privateKey: KeyObject;
  /** PEM, as all certificates here. */
  readonly leaf: string;
  /** Of the hierarchy that signed the leaf; of the test hierarchy where the leaf signed itself. */
  readonly intermediate: string;
  readonly root: string;
  /** Leaf, intermediate, root; the leaf alone where it signed itself. */
  readonly chain: readonly string[];
};

type CertificateRequest = {
  /** Nine digits. */
  readonly organisation: string;
  readonly organisationName?: string;
  /** `accepted` when absent. */
  readonly shape?: CertificateShape;
  /** Bits of the RSA modulus, 2048 when absent. */
  readonly keySize?: 2048 | 3072 | 4096;
  /** Another certificate for this key, in place of a new key. */
  readonly privateKey?: KeyObject;
  /** When absent, three years that began a day ago, or that the shape has moved into the past or the future. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** `serialNumber` when absent. */
  readonly organisationIn?: OrganisationPlace;
};

export type Authority = {
  /** The test environment's roots and intermediates, PEM. */
  readonly roots: readonly string[];
  readonly intermediates: readonly string[];
  readonly productionRoots: readonly string[];
  readonly productionIntermediates: readonly string[];
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
  revoke(certificate: string): void;
  isRevoked(certificate: string): boolean;
};

const DAY = 24 * 60 * 60 * 1000;
const LIFE = 3 * 365 * DAY;

/** Opens the authority kept in `folder`, or founds it; without a folder it lives as long as the process. */
export async function createAuthority(
  options: { readonly folder?: string; readonly clock?: () => Date } = {},
): Promise<Authority> {
  const clock = options.clock ?? (() => new Date());
  const records = await openRecords(options.folder, clock());
  const { test, production } = records.hierarchies;

  const authority: Authority = {
    roots: [test.root],
    intermediates: [test.intermediate],
    productionRoots: [production.root],
    productionIntermediates: [production.intermediate],

    async issue(request) {
      const shape = request.shape ?? 'accepted';
      const departure = SHAPES[shape];
      const signer = departure.signer ?? 'test';
      const hierarchy = records.hierarchies[signer === 'itself' ? 'test' : signer];
      const { privateKey } = request;
      const keys = privateKey ? pairOf(privateKey) : await keyPair(departure.key, request.keySize ?? 2048);
      const validity = usualValidity(departure.validity, clock());
      const certificate = await businessCertificate({
        keys,
        organisation: request.organisation,
        organisationName: request.organisationName ?? 'Testvirksomheten',
        organisationIn: request.organisationIn ?? 'serialNumber',
        notBefore: request.notBefore ?? validity.notBefore,
        notAfter: request.notAfter ?? validity.notAfter,
        departure,
        ...(signer !== 'itself' && {
          issuer: { certificate: hierarchy.intermediate, privateKey: hierarchy.intermediateKey },
        }),
      });
      const leaf = pem(certificate);
      if (departure.revoked) authority.revoke(leaf);
      const { intermediate, root } = hierarchy;
      const chain = signer === 'itself' ? [leaf] : [leaf, intermediate, root];
      return { shape, privateKey: keys.privateKey, leaf, intermediate, root, chain };
    },

    revoke: (certificate) => records.addRevoked(fingerprint(certificate)),
    isRevoked: (certificate) => records.revoked.has(fingerprint(certificate)),
  };
  return authority;
}

function keyPair(wanted: 'elliptic-curve' | 'rsa-1024' | undefined, bits: number): Promise<KeyPair> {
  return wanted === 'elliptic-curve' ? ellipticKeyPair() : rsaKeyPair(wanted === 'rsa-1024' ? 1024 : bits);
}

const pairOf = (privateKey: KeyObject): KeyPair => ({ privateKey, publicKey: createPublicKey(privateKey) });

function usualValidity(moved: 'past' | 'future' | undefined, now: Date): { notBefore: Date; notAfter: Date } {
  const start = { past: -LIFE - DAY, future: DAY, none: -DAY }[moved ?? 'none'];
  return { notBefore: new Date(now.getTime() + start), notAfter: new Date(now.getTime() + start + LIFE) };
}

/** SHA-256 over the DER, so that it does not matter how the PEM is broken into lines. */
function fingerprint(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}
