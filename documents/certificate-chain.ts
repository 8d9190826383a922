/** The certificate chain of a business certificate: read, put in order, and judged as Digdir will judge it. */

import type { Certificate, CertificateChain } from '../domain/certificate.ts';
import { stops, type Finding } from '../domain/failures.ts';
import { expired, leafFindings, named, notYetValid, type ChainContext } from './certificate-rules.ts';
import { issued, trustFindings } from './certificate-trust.ts';
import { certificateOf, readCertificate, type CertificateFacts } from './certificate.ts';
import { isCertificateLabel, pemBlocks, pemOf } from './pem.ts';

/**
 * Reads a chain from PEM: the chain, leaf first and each issuer after what it issued, when nothing stops it; and all
 * findings, notices included. The root may be in it or not. Nothing is left out without being said.
 */
export function readChain(pem: string, context: ChainContext): { chain?: CertificateChain; findings: Finding[] } {
  const { certificates, findings } = readAll(pem, context.where);
  const path = pathOf(certificates);
  const [leaf, ...issuers] = path;
  if (!leaf) return { findings };

  findings.push(...orderFindings(certificates, path, context.where), ...leafFindings(leaf, context));
  findings.push(...issuers.flatMap((issuer, below) => issuerFindings(issuer, below, context)));
  findings.push(...trustFindings(path, context));

  const certificate = certificateOf(leaf);
  if (!certificate || findings.some(stops)) return { findings };
  return { chain: { leaf: certificate, pem: path.map(({ der }) => pemOf('CERTIFICATE', der)).join('') }, findings };
}

/** The leaf of a chain that was judged before, whatever its dates say now; `undefined` when there is none. */
export function readLeaf(pem: string): Certificate | undefined {
  const leaf = leafOf(readAll(pem, '').certificates);
  return leaf && certificateOf(leaf);
}

/** The certificates of a chain that was judged before, as DER, leaf first, in whatever order they stand. */
export const chainInOrder = (pem: string): Uint8Array[] => pathOf(readAll(pem, '').certificates).map(({ der }) => der);

function readAll(pem: string, where: string): { certificates: CertificateFacts[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const certificates: CertificateFacts[] = [];
  for (const [index, { label, bytes }] of pemBlocks(Buffer.from(pem)).entries()) {
    const certificate = isCertificateLabel(label) ? readCertificate(bytes) : undefined;
    if (certificate) certificates.push(certificate);
    else {
      const message = `PEM block ${index + 1} (${label}) is not a certificate that can be read.`;
      findings.push({ code: 'CERTIFICATE_UNREADABLE', where, message });
    }
  }
  if (certificates.length === 0 && findings.length === 0) {
    findings.push({ code: 'CERTIFICATE_MISSING', where, message: 'There is no PEM certificate in it.' });
  }
  return { certificates, findings };
}

/** The chain from the leaf upwards, as far as the certificates reach. */
function pathOf(certificates: readonly CertificateFacts[]): CertificateFacts[] {
  const path: CertificateFacts[] = [];
  let next = leafOf(certificates);
  while (next) {
    const last = next;
    path.push(last);
    next = last.selfSigned ? undefined : certificates.find((one) => !has(path, one) && issued(one, last));
  }
  return path;
}

/** The certificate that is no authority; among authorities only, one that issued none of the others. */
function leafOf(certificates: readonly CertificateFacts[]): CertificateFacts | undefined {
  return (
    certificates.find(({ authority }) => !authority) ??
    certificates.find((one) => !certificates.some((other) => !has([one], other) && issued(one, other))) ??
    certificates[0]
  );
}

function orderFindings(
  given: readonly CertificateFacts[],
  path: readonly CertificateFacts[],
  where: string,
): Finding[] {
  const findings: Finding[] = [];
  const once = given.filter((one, index) => !has(given.slice(0, index), one));
  const inPath = once.filter((one) => has(path, one));
  if (inPath.some((one, index) => !has(path.slice(index, index + 1), one))) {
    findings.push({ code: 'CHAIN_REORDERED', where, message: 'The certificates were not in order, leaf first.' });
  }
  if (once.length < given.length) {
    findings.push({ code: 'CHAIN_REORDERED', where, message: 'A certificate was there twice; one is left out.' });
  }
  for (const stray of once.filter((one) => !has(path, one))) {
    const impostor = path.some(({ issuer }) => issuer === stray.subject);
    const reason = impostor
      ? 'has the name of an issuer here, but another key'
      : 'does not belong to the chain of the leaf';
    findings.push({ code: 'CHAIN_BROKEN', where, message: `${named(stray)} ${reason}.` });
  }
  return findings;
}

/** What is wrong with an issuer in the chain; `below` counts the authorities between it and the leaf (RFC 5280 section 6.1). */
function issuerFindings(issuer: CertificateFacts, below: number, context: ChainContext): Finding[] {
  const findings = [expired(issuer, context), notYetValid(issuer, context)].filter((finding) => finding !== undefined);
  const broken = (message: string): number => findings.push({ code: 'CHAIN_BROKEN', where: context.where, message });
  if (!issuer.authority) broken(`${named(issuer)} signed another one without being an authority.`);
  if (below > (issuer.pathLength ?? below)) broken(`${named(issuer)} does not allow ${below} authorities below it.`);
  return findings;
}

const has = (certificates: readonly CertificateFacts[], one: CertificateFacts): boolean =>
  certificates.some(({ fingerprint }) => fingerprint === one.fingerprint);
