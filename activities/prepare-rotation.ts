/** Where a rotation begins: what is active, and the request that knows what it replaces. */

import { readLeaf } from '../documents/certificate-chain.ts';
import { readRotationInput } from '../documents/onboarding-input.ts';
import type { ActiveDocument, ObservedActive } from '../domain/active-document.ts';
import type { Certificate } from '../domain/certificate.ts';
import { sameResource, secretName } from '../domain/names.ts';
import type { OnboardingRequest, Replaced } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import { documentOf } from '../domain/revocation.ts';
import { replacing } from '../domain/rotation.ts';
import type { RotationRequest } from '../domain/rotation.ts';
import type { Limits } from '../services/limits.ts';
import { allDocuments } from './active-document.ts';
import { attempt } from './attempt.ts';
import { unlessDenied } from './denied.ts';
import { findingsRefusal } from './findings-refusal.ts';
import type { Services } from './services.ts';

export type Preparation = { readonly request: OnboardingRequest; readonly former: ObservedActive };

/**
 * Checks the input whole, and reads what is active. Changes nothing. `INPUT_INVALID` with all findings,
 * `ROTATION_NOTHING_ACTIVE` where no document names a certificate yet, `CERTIFICATE_UNKNOWN` where none names the
 * compromised one.
 */
export const prepareRotation = (services: Services) =>
  attempt(async (limits: Limits, input: RotationRequest): Promise<Preparation> => {
    const { request, findings } = readRotationInput(input);
    if (!request) throw findingsRefusal(findings);
    const documents = await documentsOf(services, limits, request);
    const former = lastOf(documents, request);
    const { compromised } = request.rotation;
    if (compromised) requireKnown(documents, compromised);
    const rolledBack = rolledBackIn(documents);
    const about = {
      compromised: isKeyOf(documents, former.document, compromised),
      ...(rolledBack ? { rolledBack } : {}),
    };
    const certificate = await certificateOf(services, limits, former.document);
    const next = await nextCertificate(services, limits, request);
    return { request: replacing(request, former.document, certificate, next, about), former };
  });

type Documents = readonly ObservedActive[];

async function documentsOf(services: Services, limits: Limits, request: OnboardingRequest): Promise<Documents> {
  // Onboarding grants the right to read them: without it there were none yet.
  return (await allDocuments(services, limits, request).catch(unlessDenied)) ?? [];
}

function lastOf(documents: Documents, request: OnboardingRequest): ObservedActive {
  const active = documents.at(-1);
  if (active) return active;
  const where = secretName(request.google, request, 'active');
  throw findingsRefusal([{ code: 'ROTATION_NOTHING_ACTIVE', where, message: 'It holds no active document.' }]);
}

/** The certificate that a roll-back took out of use, when that was the last thing that happened. */
function rolledBackIn(documents: Documents): Replaced['rolledBack'] {
  const [before, last] = documents.slice(-2);
  const approval = last?.document.approvals.at(-1);
  if (!before || approval?.gate !== 'roll-back') return undefined;
  const { by, at } = approval;
  return { fingerprint: before.document.certificate.fingerprint, by, at };
}

/** A mistyped serial number must not make a rotation of what is well. */
function requireKnown(documents: Documents, compromised: string): void {
  if (documentOf(documents, compromised)) return;
  const active = documents.at(-1)?.document.certificate.serialNumber;
  const message = `No document names it. The certificate that is active has the serial number ${active}.`;
  throw findingsRefusal([{ code: 'CERTIFICATE_UNKNOWN', where: `serial number ${compromised}`, message }]);
}

/** Of several certificates for one key each may be the one that is called compromised. */
function isKeyOf(documents: Documents, { keyVersion }: ActiveDocument, compromised: string | undefined): boolean {
  const named = compromised === undefined ? undefined : documentOf(documents, compromised);
  return named !== undefined && sameResource(named.document.keyVersion, keyVersion);
}

async function certificateOf(services: Services, limits: Limits, document: ActiveDocument): Promise<Certificate> {
  const leaf = await leafIn(services, limits, document.chainVersion);
  if (leaf) return leaf;
  throw new Refusal('CUSTODY_BROKEN', `${document.chainVersion}, the chain that is active, cannot be read.`);
}

/** What is wrong with it is for the plan of custody to say. */
async function nextCertificate(
  services: Services,
  limits: Limits,
  { chain, existing }: OnboardingRequest,
): Promise<Certificate | undefined> {
  if (chain !== undefined) return readLeaf(chain);
  return existing.chainVersion ? await leafIn(services, limits, existing.chainVersion) : undefined;
}

async function leafIn({ secrets }: Services, limits: Limits, name: string): Promise<Certificate | undefined> {
  const version = await secrets.read(name, limits).catch(unlessDenied);
  return version && version !== 'unusable' ? readLeaf(version.data.toString()) : undefined;
}
