/**
 * The rules by which Digdir judges a business certificate, in its own order.
 *
 * Source: felleslosninger/idporten-certificate-validator-lib and idporten-seid2-certificate-validator-lib (2026-04), for
 * the test environment. There is no rule on the value of the key usage, nor on the size of the key.
 */

import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { CertificatePolicyExtension, KeyUsagesExtension, X509Certificate as ParsedCertificate } from '@peculiar/x509';
import type { TokenErrorCode } from './maskinporten-errors.ts';

/** PEM certificates that an environment trusts, and its revocation list. */
export type Trust = {
  readonly roots: readonly string[];
  readonly intermediates: readonly string[];
  isRevoked(certificate: string): boolean;
};

type Judged = { readonly certificate: X509Certificate; readonly trust: Trust; readonly now: Date };

type CertificateRule = {
  readonly name: string;
  /** The answer to a certificate that breaks the rule: MP-124 is also named for one expired or of another environment. */
  readonly code: TokenErrorCode;
  readonly holds: (judged: Judged) => boolean;
};

const CERTIFICATE_RULES: readonly CertificateRule[] = [
  { name: 'within validity', code: 'MP-124', holds: withinValidity },
  { name: 'not self-signed', code: 'MP-120', holds: notSelfSigned },
  { name: 'known critical extensions', code: 'MP-120', holds: knownCriticalExtensions },
  { name: 'critical key usage', code: 'MP-120', holds: criticalKeyUsage },
  { name: 'path to a root of the environment', code: 'MP-124', holds: pathToRoot },
  { name: 'accepted policy', code: 'MP-120', holds: acceptedPolicy },
  { name: 'not revoked', code: 'MP-120', holds: notRevoked },
];

/** The first rule that the certificate breaks, or nothing. */
export function brokenRule(certificate: X509Certificate, trust: Trust, now: Date): CertificateRule | undefined {
  return CERTIFICATE_RULES.find((rule) => !rule.holds({ certificate, trust, now }));
}

/**
 * The organisation number in the subject: SERIALNUMBER, else the end of O, else 2.5.4.97, in that order.
 *
 * @returns nine digits, or nothing.
 */
export function organisationNumber(certificate: X509Certificate): string | undefined {
  const subject = new ParsedCertificate(certificate.raw).subjectName;
  const places: [field: string, form: RegExp][] = [
    ['2.5.4.5', /^(\d{9})$/],
    ['2.5.4.10', /-(\d{9})$/],
    ['2.5.4.97', /^(?:NTRNO-|PSDNO-FSA-)?(\d{9})$/],
  ];
  const found = places.flatMap(([field, form]) => subject.getField(field).map((value) => form.exec(value)?.[1]));
  return found.find((number) => number !== undefined);
}

/** In the test environment; `.*` stands for anything below. */
const ACCEPTED_POLICIES = [
  '2.16.578.1.26.1.3.5',
  '2.16.578.1.26.1.3.2',
  '2.16.578.1.26.1.0.3.2',
  '2.16.578.1.29.13.1.1.0',
  '2.16.578.1.29.913.1.1.0',
  '2.16.578.1.29.913.200',
  '2.16.578.1.29.913.200.*',
  '2.16.578.1.29.913.210',
  '2.16.578.1.29.913.210.*',
  '2.16.578.1.29.913.220',
  '2.16.578.1.29.913.220.*',
  '2.16.578.1.1.1.1.100',
];

const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';

function withinValidity({ certificate, now }: Judged): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate;
}

function notSelfSigned({ certificate }: Judged): boolean {
  return !certificate.verify(certificate.publicKey);
}

function knownCriticalExtensions({ certificate }: Judged): boolean {
  const critical = new ParsedCertificate(certificate.raw).extensions.filter((extension) => extension.critical);
  return critical.every(({ type }) => type === KEY_USAGE || type === BASIC_CONSTRAINTS);
}

function criticalKeyUsage({ certificate }: Judged): boolean {
  return new ParsedCertificate(certificate.raw).getExtension(KeyUsagesExtension)?.critical ?? false;
}

/** Intermediates come from Digdir's own store: those that a client sends are not looked at. */
function pathToRoot({ certificate, trust, now }: Judged): boolean {
  const roots = trust.roots.map((pem) => new X509Certificate(pem));
  const intermediates = trust.intermediates.map((pem) => new X509Certificate(pem));
  const issuer = intermediates.find((one) => issued(one, certificate, now));
  return issuer !== undefined && roots.some((root) => issued(root, issuer, now));
}

function issued(issuer: X509Certificate, certificate: X509Certificate, now: Date): boolean {
  const valid = issuer.ca && issuer.validFromDate <= now && now <= issuer.validToDate;
  return valid && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function acceptedPolicy({ certificate }: Judged): boolean {
  const policies = new ParsedCertificate(certificate.raw).getExtension(CertificatePolicyExtension)?.policies ?? [];
  return policies.some((policy) =>
    ACCEPTED_POLICIES.some((accepted) =>
      accepted.endsWith('.*') ? policy.startsWith(accepted.slice(0, -1)) : policy === accepted,
    ),
  );
}

function notRevoked({ certificate, trust }: Judged): boolean {
  return !trust.isRevoked(certificate.toString());
}
