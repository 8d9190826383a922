/**
 * The rules for a leaf certificate, one function each: a finding, or nothing.
 *
 * They are those of Digdir's own validator (idporten-seid2-certificate-validator-lib), and what Cloud KMS asks of the
 * key. Whether the chain leads to an accepted root is documents/certificate-trust.ts; whether a certificate is revoked
 * only Digdir knows, at the first token.
 */

import { keySizes } from '../domain/certificate.ts';
import type { Environment } from '../domain/environments.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import { isAcceptedPolicy } from './certificate-policies.ts';
import type { CertificateFacts } from './certificate.ts';

export type ChainContext = {
  readonly environment: Environment;
  /** Of the tenant; nine digits. */
  readonly organisation: string;
  readonly now: Date;
  /** Root certificates of the environment, PEM. */
  readonly roots: readonly string[];
  /** What the findings name as their place. */
  readonly where: string;
};

type Rule = (leaf: CertificateFacts, context: ChainContext) => Finding | undefined;

/** Every finding about the leaf on its own, notices included. */
export function leafFindings(leaf: CertificateFacts, context: ChainContext): Finding[] {
  return rules.flatMap((rule) => rule(leaf, context) ?? []);
}

/** Findings of a certificate's dates; they hold for every certificate of a chain. */
export const expired: Rule = (certificate, { now, where }) =>
  fault(
    certificate.notAfter < now,
    'CERTIFICATE_EXPIRED',
    where,
    () => `${named(certificate)} expired ${day(certificate.notAfter)}.`,
  );

export const notYetValid: Rule = (certificate, { now, where }) =>
  fault(
    certificate.notBefore > now,
    'CERTIFICATE_NOT_YET_VALID',
    where,
    () => `${named(certificate)} is valid from ${certificate.notBefore.toISOString()}.`,
  );

const noticeDays = 90;

const expiresSoon: Rule = (leaf, { now, where }) => {
  const days = Math.floor((leaf.notAfter.getTime() - now.getTime()) / 86_400_000);
  return fault(
    days >= 0 && days < noticeDays,
    'CERTIFICATE_EXPIRES_SOON',
    where,
    () => `${named(leaf)} expires ${day(leaf.notAfter)}, in ${days} days.`,
  );
};

const selfSigned: Rule = (leaf, { where }) =>
  fault(leaf.selfSigned, 'CERTIFICATE_SELF_SIGNED', where, () => `${named(leaf)} was signed with its own key.`);

/** keyUsage and basicConstraints (RFC 5280 sections 4.2.1.3 and 4.2.1.9). */
const mayBeCritical = new Set(['2.5.29.15', '2.5.29.19']);

const criticalExtensions: Rule = (leaf, { where }) => {
  const refused = leaf.criticalExtensions.filter((type) => !mayBeCritical.has(type));
  return fault(
    refused.length > 0,
    'CERTIFICATE_CRITICAL_EXTENSION',
    where,
    () => `${named(leaf)} marks as critical: ${refused.join(', ')}.`,
  );
};

const keyUsagePresent: Rule = (leaf, { where }) =>
  fault(
    leaf.keyUsage === 'absent',
    'CERTIFICATE_KEY_USAGE_ABSENT',
    where,
    () => `${named(leaf)} says nothing of key usage.`,
  );

const keyUsageCritical: Rule = (leaf, { where }) =>
  fault(
    leaf.keyUsage === 'not-critical',
    'CERTIFICATE_KEY_USAGE_NOT_CRITICAL',
    where,
    () => `${named(leaf)} states a key usage that is not critical.`,
  );

const rsa: Rule = (leaf, { where }) =>
  fault(leaf.keyType !== 'rsa', 'KEY_NOT_RSA', where, () => `${named(leaf)} has a key of type ${leaf.keyType}.`);

const keySize: Rule = (leaf, { where }) =>
  fault(
    leaf.keyType === 'rsa' && !keySizes.some((size) => size === leaf.modulus),
    'KEY_SIZE_UNSUPPORTED',
    where,
    () => `${named(leaf)} has a key of ${leaf.modulus} bits.`,
  );

const policy: Rule = (leaf, { environment, where }) =>
  fault(
    !leaf.policies.some((one) => isAcceptedPolicy(one, environment)),
    'CERTIFICATE_POLICY',
    where,
    () =>
      `${named(leaf)} has ${leaf.policies.length > 0 ? `only the policies ${leaf.policies.join(', ')}` : 'no policy'}; none is accepted in ${environment}.`,
  );

const organisationPresent: Rule = (leaf, { where }) =>
  fault(
    leaf.organisation === undefined,
    'CERTIFICATE_ORGANISATION_ABSENT',
    where,
    () => `${named(leaf)} has no organisation number in its subject.`,
  );

const organisationSame: Rule = (leaf, { organisation, where }) =>
  fault(
    leaf.organisation !== undefined && leaf.organisation !== organisation,
    'CERTIFICATE_ORGANISATION_OTHER',
    where,
    () => `${named(leaf)} belongs to ${leaf.organisation}, the tenant is ${organisation}.`,
  );

const rules: readonly Rule[] = [
  expired,
  notYetValid,
  selfSigned,
  criticalExtensions,
  keyUsagePresent,
  keyUsageCritical,
  rsa,
  keySize,
  policy,
  organisationPresent,
  organisationSame,
  expiresSoon,
];

/** How messages name a certificate. */
export const named = ({ subject }: CertificateFacts): string => `The certificate "${subject}"`;

const day = (date: Date): string => date.toISOString().slice(0, 10);

function fault(holds: boolean, code: FailureCode, where: string, message: () => string): Finding | undefined {
  return holds ? { code, where, message: message() } : undefined;
}
