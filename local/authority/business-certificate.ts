/** One business certificate (*virksomhetssertifikat*), accepted or departing from that in one way. */

import 'reflect-metadata';
import type { KeyObject } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  CRLDistributionPointsExtension,
  CertificatePolicyExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { type KeyPair, webKey } from './keys.ts';
import { type Departure, TEST_POLICY } from './shapes.ts';

/** Where the organisation number stands in the subject: SERIALNUMBER, 2.5.4.97 as `NTRNO-…`, or the end of O. */
export type OrganisationPlace = 'serialNumber' | 'organizationIdentifier' | 'organisationName';

export type BusinessCertificate = {
  readonly keys: KeyPair;
  /** Nine digits. */
  readonly organisation: string;
  readonly organisationName: string;
  readonly organisationIn: OrganisationPlace;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly departure: Departure;
  /** The signing certificate and its key; absent for a self-signed certificate. */
  readonly issuer?: { readonly certificate: string; readonly privateKey: KeyObject };
};

/** RFC 2606: a name that never resolves. Nothing has to fetch this list; Digdir accepts when it cannot. */
const REVOCATION_LIST = 'http://crl.local-test-authority.invalid/business.crl';

/** Signs the certificate: SHA-256 with RSA, subject and extensions after SEID 2.0 as far as Digdir's validator looks. */
export async function businessCertificate(wanted: BusinessCertificate): Promise<X509Certificate> {
  const issuer = wanted.issuer && new X509Certificate(wanted.issuer.certificate);
  const subject = subjectName(wanted);
  return X509CertificateGenerator.create({
    subject,
    issuer: issuer ? issuer.subject : subject,
    notBefore: wanted.notBefore,
    notAfter: wanted.notAfter,
    publicKey: webKey(wanted.keys.publicKey),
    signingKey: webKey(wanted.issuer?.privateKey ?? wanted.keys.privateKey),
    extensions: await extensions(wanted, issuer),
  });
}

function subjectName(wanted: BusinessCertificate): JsonName {
  const { organisation, organisationName, organisationIn } = wanted;
  const present = wanted.departure.organisation !== 'absent';
  const named = present && organisationIn === 'organisationName';
  const name: JsonName = [
    { C: ['NO'] },
    { O: [named ? `${organisationName}-${organisation}` : organisationName] },
    { CN: [organisationName] },
  ];
  if (present && organisationIn === 'serialNumber') name.push({ '2.5.4.5': [organisation] });
  if (present && organisationIn === 'organizationIdentifier') name.push({ '2.5.4.97': [`NTRNO-${organisation}`] });
  return name;
}

async function extensions(wanted: BusinessCertificate, issuer: X509Certificate | undefined): Promise<Extension[]> {
  const { departure, keys } = wanted;
  const subjectKey = webKey(keys.publicKey);
  const usage = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.dataEncipherment;
  const policy = departure.policy === undefined ? TEST_POLICY : departure.policy;
  const purposes = [ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.emailProtection];
  return [
    ...(departure.keyUsage === 'absent' ? [] : [new KeyUsagesExtension(usage, departure.keyUsage !== 'not-critical')]),
    new ExtendedKeyUsageExtension(purposes, departure.criticalExtendedKeyUsage ?? false),
    ...(policy === null ? [] : [new CertificatePolicyExtension([policy])]),
    new CRLDistributionPointsExtension([REVOCATION_LIST]),
    await SubjectKeyIdentifierExtension.create(subjectKey),
    await AuthorityKeyIdentifierExtension.create(issuer ? issuer.publicKey : subjectKey),
  ];
}
