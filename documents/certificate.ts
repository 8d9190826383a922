/** One X.509 certificate: what the rules of Digdir look at, and what the system keeps (RFC 5280). */

// @peculiar/x509 finds its classes through decorators, and throws unless this comes first.
import 'reflect-metadata';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { keySizes, type Certificate } from '../domain/certificate.ts';

export type CertificateFacts = {
  readonly der: Buffer;
  /** Node's view of it, which checks who issued what. */
  readonly native: NodeCertificate;
  readonly subject: string;
  readonly issuer: string;
  readonly issuerCommonName: string;
  readonly serialNumber: string;
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** As the certificate writes it; nine digits. */
  readonly organisation?: string;
  /** Of the public key: `rsa`, `ec` … */
  readonly keyType: string;
  /** Bits of the modulus; 0 for a key without one. */
  readonly modulus: number;
  readonly publicKey: string;
  readonly keyUsage: 'absent' | 'critical' | 'not-critical';
  /** Object identifiers. */
  readonly criticalExtensions: readonly string[];
  readonly policies: readonly string[];
  readonly selfSigned: boolean;
  readonly authority: boolean;
  /** How many authorities may stand below this one, where the certificate limits it. */
  readonly pathLength?: number;
};

/** Reads one certificate, DER or PEM; `undefined` when it is none. */
export function readCertificate(bytes: Buffer): CertificateFacts | undefined {
  try {
    const native = new NodeCertificate(bytes);
    const parsed = new x509.X509Certificate(native.raw);
    return { ...namesOf(parsed), ...keyOf(native), ...extensionsOf(parsed), ...identityOf(native) };
  } catch {
    return undefined;
  }
}

/** What the system keeps of it; `undefined` when it has no organisation number or not an RSA key that KMS imports. */
export function certificateOf(facts: CertificateFacts): Certificate | undefined {
  const { subject, issuer, serialNumber, fingerprint, organisation, publicKey } = facts;
  const keySize = keySizes.find((size) => size === facts.modulus);
  if (organisation === undefined || keySize === undefined || facts.keyType !== 'rsa') return undefined;
  const [notBefore, notAfter] = [facts.notBefore.toISOString(), facts.notAfter.toISOString()];
  return { subject, issuer, serialNumber, fingerprint, notBefore, notAfter, organisation, keySize, publicKey };
}

function namesOf(parsed: x509.X509Certificate) {
  return {
    subject: printable(parsed.subject),
    issuer: printable(parsed.issuer),
    issuerCommonName: printable(parsed.issuerName.getField('CN')[0] ?? ''),
    notBefore: parsed.notBefore,
    notAfter: parsed.notAfter,
    ...organisationOf(parsed.subjectName),
  };
}

function identityOf(native: NodeCertificate) {
  return {
    der: native.raw,
    native,
    serialNumber: native.serialNumber.toUpperCase(),
    fingerprint: native.fingerprint256.replaceAll(':', '').toLowerCase(),
    // Not checkIssued, which says no where the key usage does not allow signing certificates.
    selfSigned: native.subject === native.issuer && native.verify(native.publicKey),
  };
}

function keyOf({ publicKey }: NodeCertificate) {
  return {
    keyType: publicKey.asymmetricKeyType ?? 'unknown',
    modulus: publicKey.asymmetricKeyDetails?.modulusLength ?? 0,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

function extensionsOf(parsed: x509.X509Certificate) {
  const keyUsage = parsed.getExtension(x509.KeyUsagesExtension);
  const constraints = parsed.getExtension(x509.BasicConstraintsExtension);
  const policies = parsed.getExtension(x509.CertificatePolicyExtension)?.policies ?? [];
  const pathLength = constraints?.pathLength;
  return {
    keyUsage: keyUsage ? (keyUsage.critical ? 'critical' : 'not-critical') : 'absent',
    criticalExtensions: parsed.extensions.filter(({ critical }) => critical).map(({ type }) => type),
    policies,
    authority: constraints?.ca ?? false,
    ...(pathLength === undefined ? {} : { pathLength }),
  } as const;
}

/**
 * The organisation number, looked for as Digdir's validator does and in its order: subject SERIALNUMBER, the end of O,
 * then organizationIdentifier (idporten-seid2-certificate-validator-lib).
 */
function organisationOf(subject: x509.Name): { organisation?: string } {
  const places: readonly [field: string, form: RegExp][] = [
    ['2.5.4.5', /^([0-9]{9})$/],
    ['2.5.4.10', /-([0-9]{9})$/],
    ['2.5.4.97', /^(?:NTRNO-|PSDNO-FSA-)?([0-9]{9})$/],
  ];
  for (const [field, form] of places) {
    const number = subject.getField(field).flatMap((value) => form.exec(value)?.[1] ?? [])[0];
    if (number !== undefined) return { organisation: number };
  }
  return {};
}

/** Names come from whoever made the certificate, and are shown on terminals and web pages. */
const printable = (name: string): string => named(name).replace(/\p{C}/gu, '�');

/** The attributes that carry organisation numbers, by the names that people know (ITU-T X.520; ETSI EN 319 412-1). */
const named = (name: string): string =>
  name.replaceAll('2.5.4.5=', 'SERIALNUMBER=').replaceAll('2.5.4.97=', 'organizationIdentifier=');
