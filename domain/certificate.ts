/** What the system knows of a business certificate once it has been read. All of it is public. */

export const keySizes = [2048, 3072, 4096] as const;
export type KeySize = (typeof keySizes)[number];

export type Certificate = {
  readonly subject: string;
  readonly issuer: string;
  /** Upper-case hexadecimal, without separators. */
  readonly serialNumber: string;
  /** SHA-256 of the DER form, lower-case hexadecimal, 64 digits. */
  readonly fingerprint: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Organisation number in the subject. */
  readonly organisation: string;
  readonly keySize: KeySize;
  /** SubjectPublicKeyInfo, DER in base64: what is compared with the public key of a KMS version. */
  readonly publicKey: string;
};

export type CertificateChain = {
  readonly leaf: Certificate;
  /** The whole chain as PEM blocks, leaf first, each issuer after what it issued (RFC 7515 section 4.1.6). */
  readonly pem: string;
};
