/** The shapes of business certificate that the test authority can issue: one accepted, and one for every reason to refuse. */

export type CertificateShape =
  | 'accepted'
  | 'expired'
  | 'not-yet-valid'
  | 'self-signed'
  | 'other-authority'
  | 'no-organisation'
  | 'no-policy'
  | 'wrong-policy'
  | 'key-usage-absent'
  | 'key-usage-not-critical'
  | 'extra-critical-extension'
  | 'revoked'
  | 'elliptic-curve'
  | 'rsa-1024'
  | 'production';

/** Who signs a certificate: one of the authority's hierarchies, or the certificate's own key. */
export type Signer = 'test' | 'production' | 'stranger' | 'itself';

/** How a shape departs from the accepted one; what it leaves out is as in an accepted certificate. */
export type Departure = {
  readonly signer?: Signer;
  readonly validity?: 'past' | 'future';
  readonly keyUsage?: 'absent' | 'not-critical';
  /** The certificate policy's object identifier; `null` for a certificate without policies. */
  readonly policy?: string | null;
  readonly criticalExtendedKeyUsage?: true;
  readonly organisation?: 'absent';
  readonly key?: 'elliptic-curve' | 'rsa-1024';
  readonly revoked?: true;
};

/** Accepted in Digdir's test environment for certificates of its own making (idporten-seid2-certificate-validator-lib). */
export const TEST_POLICY = '2.16.578.1.1.1.1.100';

/** Buypass's policy of business certificates, accepted in production (and in test). */
const PRODUCTION_POLICY = '2.16.578.1.26.1.3.2';

/** Buypass's policy of personal certificates: a real one, and accepted nowhere. */
const PERSONAL_POLICY = '2.16.578.1.26.1.3.1';

export const SHAPES: Readonly<Record<CertificateShape, Departure>> = {
  accepted: {},
  expired: { validity: 'past' },
  'not-yet-valid': { validity: 'future' },
  'self-signed': { signer: 'itself' },
  'other-authority': { signer: 'stranger' },
  'no-organisation': { organisation: 'absent' },
  'no-policy': { policy: null },
  'wrong-policy': { policy: PERSONAL_POLICY },
  'key-usage-absent': { keyUsage: 'absent' },
  'key-usage-not-critical': { keyUsage: 'not-critical' },
  'extra-critical-extension': { criticalExtendedKeyUsage: true },
  revoked: { revoked: true },
  'elliptic-curve': { key: 'elliptic-curve' },
  'rsa-1024': { key: 'rsa-1024' },
  production: { signer: 'production', policy: PRODUCTION_POLICY },
};
