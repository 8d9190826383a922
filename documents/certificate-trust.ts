/** Whether a chain leads to an authority that Digdir accepts in the environment: by its roots, else by the issuer's name. */

import type { Finding } from '../domain/failures.ts';
import { acceptedIssuers, environmentOfIssuer } from './certificate-policies.ts';
import { named, type ChainContext } from './certificate-rules.ts';
import { readCertificate, type CertificateFacts } from './certificate.ts';
import { pemBlocks } from './pem.ts';

/** Whether one certificate was issued by the other: names, key identifiers, key usage and the signature itself. */
export function issued(issuer: CertificateFacts, certificate: CertificateFacts): boolean {
  return certificate.native.checkIssued(issuer.native) && certificate.native.verify(issuer.native.publicKey);
}

/** Findings about where a chain (leaf first) leads. A self-signed leaf leads nowhere, and has its own finding. */
export function trustFindings(path: readonly CertificateFacts[], context: ChainContext): Finding[] {
  const [leaf] = path;
  if (!leaf || leaf.selfSigned) return [];
  const { roots, findings } = configuredRoots(context);
  const anchored = path.some((one) => roots.some((root) => root.fingerprint === one.fingerprint || issued(root, one)));
  const { where } = context;

  if (path.length === 1 && !anchored) {
    const message = `${named(leaf)} was issued by "${leaf.issuer}", whose certificate is not there.`;
    findings.push({ code: 'CHAIN_INTERMEDIATE_MISSING', where, message });
  }
  const other = otherEnvironment(leaf, anchored, context);
  if (other) {
    const message = `${named(leaf)} was issued by "${leaf.issuerCommonName}", for ${other} and not for ${context.environment}.`;
    findings.push({ code: 'CERTIFICATE_ENVIRONMENT', where, message });
  } else if (!anchored && !acceptedByName(leaf, path, roots, context)) {
    const message = `${named(leaf)} was issued by "${leaf.issuerCommonName}", which is not accepted in ${context.environment}.`;
    findings.push({ code: 'CERTIFICATE_ISSUER_UNKNOWN', where, message });
  }
  return findings;
}

function otherEnvironment(
  leaf: CertificateFacts,
  anchored: boolean,
  { environment }: ChainContext,
): string | undefined {
  const named = environmentOfIssuer(leaf.issuerCommonName);
  // The local authority may call itself what it likes: there the roots alone decide.
  if (named === environment || (environment === 'local' && anchored)) return undefined;
  return named;
}

/** Without a path to a root: names count where no roots are configured, or where the chain is too short to tell. */
function acceptedByName(
  leaf: CertificateFacts,
  path: readonly CertificateFacts[],
  roots: readonly CertificateFacts[],
  { environment }: ChainContext,
): boolean {
  if (roots.length > 0) return path.length === 1;
  return environment !== 'local' && acceptedIssuers[environment].includes(leaf.issuerCommonName);
}

function configuredRoots({ roots, environment, where }: ChainContext): {
  roots: CertificateFacts[];
  findings: Finding[];
} {
  const findings: Finding[] = [];
  const read = roots.flatMap((pem) => pemBlocks(Buffer.from(pem))).map(({ bytes }) => readCertificate(bytes));
  const readable = read.filter((root) => root !== undefined);
  if (readable.length < Math.max(read.length, roots.length)) {
    const message = `A root certificate that is configured for ${environment} is not a PEM certificate.`;
    findings.push({ code: 'CERTIFICATE_UNREADABLE', where: 'DIGDIR_CERTIFICATE_ROOTS', message });
  }
  if (readable.length === 0) {
    const message = `No root certificates are configured for ${environment}: who issued the certificate is judged by names alone.`;
    findings.push({ code: 'CERTIFICATE_ROOTS_UNCONFIGURED', where, message });
  }
  return { roots: readable, findings };
}
