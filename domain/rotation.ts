/** Rotation of an admin client's certificate: its input, its start, and what may take the place of what is active. */

import type { ActiveDocument } from './active-document.ts';
import type { Certificate } from './certificate.ts';
import type { Finding } from './failures.ts';
import { adminClientWorkflowId } from './names.ts';
import { onboardingPhases, rotationPhases } from './plan.ts';
import type { PhaseName } from './plan.ts';
import type { OnboardingRequest, OnboardingResult, Replaced, Retirement } from './onboarding.ts';

export type RotationRequest = OnboardingRequest & { readonly rotation: RotationSettings };

export type RotationSettings = {
  /** Seconds from activation until the old key version is retired; until then one command goes back. */
  readonly soak: number;
  /** Seconds until nobody uses a document that another one replaced: the refresh of readers, and the life of the longest token. */
  readonly drain: number;
  readonly retire: Retirement;
  /** Serial number of the certificate whose key somebody else may have. */
  readonly compromised?: string;
};

const minute = 60;
const day = 86_400;

/** Workers look for a new document every half minute; an admin token of Digdir lives for two hours at most. */
export const defaultRotation: RotationSettings = {
  soak: 7 * day,
  drain: 121 * minute,
  retire: 'disable',
};

/** No reader is sure to have seen a new document before this many seconds. */
export const shortestDrain = 3 * minute;

/** A rotation ends as an onboarding does, with outcomes of its own. */
export type RotationResult = OnboardingResult;

export const rotationType = 'rotateCertificate';
const rotationPreviewType = 'previewRotation';

/** How a rotation is started: under the id of the onboarding, so that a client has one writer. */
export function rotationStart(request: RotationRequest) {
  const { kind, tenant, environment, organisation } = request;
  return {
    workflowType: rotationType,
    workflowId: adminClientWorkflowId(request),
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Rotate the certificate of the ${kind} admin client of ${tenant} (${environment})`,
    staticDetails: [
      `Puts another business certificate of organisation ${organisation} in the place of the active one: the new one is proven at`,
      'Digdir while the old one is still used, one document switches over, and the old key version is disabled when nobody uses it.',
    ].join('\n'),
  } as const;
}

/** Whether a request for an admin client's run is one for a rotation. */
export const isRotation = (request: OnboardingRequest | RotationRequest): request is RotationRequest =>
  'rotation' in request;

/** Serial number of the certificate that a rotation says is compromised. */
export const compromisedSerial = (request: OnboardingRequest | RotationRequest): string | undefined =>
  isRotation(request) ? request.rotation.compromised : undefined;

/** The phases that the run of a request comes to, in order. */
export function phasesOf(request: OnboardingRequest | RotationRequest): readonly PhaseName[] {
  if (!isRotation(request)) return onboardingPhases;
  return compromisedSerial(request) === undefined ? rotationPhases : ['revocation', ...rotationPhases];
}

/** Whether the next certificate is there already; else the rotation waits for it. */
export const hasCertificate = ({ chain, existing }: OnboardingRequest): boolean =>
  chain !== undefined || existing.chainVersion !== undefined;

/** A preview changes nothing, so any number may run: `suffix` keeps their ids apart. */
export function rotationPreviewStart(request: RotationRequest, suffix: string) {
  const { kind, tenant, environment } = request;
  return {
    workflowType: rotationPreviewType,
    workflowId: `${rotationPreviewStem(request)}${suffix}`,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Plan the rotation of the ${kind} admin client of ${tenant} (${environment})`,
  } as const;
}

export const rotationPreviewStem = (request: OnboardingRequest): string =>
  `preview-rotation:${adminClientWorkflowId(request)}:`;

/**
 * Why the certificate may not take the place of the active one: it is older, or ends sooner. For a compromised one both
 * are only said, as what matters then is that it is another key.
 */
export function replacementFindings(replaces: Replaced | undefined, next: Certificate, where: string): Finding[] {
  if (!replaces) return [];
  const { certificate: active, compromised } = replaces;
  if (!compromised && active.fingerprint === next.fingerprint) return [];
  const findings: Finding[] = [];
  if (Date.parse(next.notBefore) < Date.parse(active.notBefore)) {
    const code = compromised ? 'CERTIFICATE_OLDER_ALLOWED' : 'CERTIFICATE_OLDER';
    findings.push({
      code,
      where,
      message: `It is of ${dateOf(next.notBefore)}, the active one of ${dateOf(active.notBefore)}.`,
    });
  }
  if (Date.parse(next.notAfter) < Date.parse(active.notAfter)) {
    const code = compromised ? 'CERTIFICATE_SOONER_ALLOWED' : 'CERTIFICATE_SOONER';
    findings.push({
      code,
      where,
      message: `It ends on ${dateOf(next.notAfter)}, the active one on ${dateOf(active.notAfter)}.`,
    });
  }
  if (compromised && next.publicKey === active.publicKey) {
    findings.push({ code: 'CERTIFICATE_SAME_KEY', where, message: 'It is for the very key that is compromised.' });
  }
  return findings;
}

/** Changing the way of proving oneself has a gap at Digdir that nothing here can close. */
export function styleFindings({ client, replaces }: OnboardingRequest): Finding[] {
  if (!replaces || replaces.assertion.style === client.assertion || replaces.clientId !== client.clientId) return [];
  const message =
    client.assertion === 'kid'
      ? 'From the moment that a key is registered on it, Digdir refuses its x5c assertions, until activation.'
      : 'From the moment that its last key is removed, Digdir refuses its kid, until activation.';
  return [{ code: 'ASSERTION_STYLE_GAP', where: `client ${client.clientId} at Digdir`, message }];
}

/** Whoever starts a rotation again that was rolled back may not know that it was. */
export function rollBackFindings({ replaces }: OnboardingRequest, next: Certificate, where: string): Finding[] {
  const { rolledBack } = replaces ?? {};
  if (rolledBack?.fingerprint !== next.fingerprint) return [];
  const message = `${rolledBack.by} rolled it back at ${dateOf(rolledBack.at)}.`;
  return [{ code: 'CERTIFICATE_ROLLED_BACK', where, message }];
}

/** The request for the phases: it knows what it replaces, and no longer the kid of another certificate. */
export function replacing(
  { rotation, ...request }: RotationRequest,
  { keyVersion, clientId, assertion, foreseenKid }: ActiveDocument,
  certificate: Certificate,
  next: Certificate | undefined,
  { compromised, rolledBack }: { readonly compromised: boolean; readonly rolledBack?: Replaced['rolledBack'] },
): OnboardingRequest {
  const { kid, ...client } = request.client;
  const registered = assertion.style === 'kid' ? assertion.kid : undefined;
  const stale = (kid === registered || kid === foreseenKid) && next?.publicKey !== certificate.publicKey;
  const { retire } = rotation;
  return {
    ...request,
    client: kid === undefined || stale ? client : { ...client, kid },
    replaces: {
      certificate,
      keyVersion,
      clientId,
      assertion,
      retire,
      compromised,
      ...(rolledBack ? { rolledBack } : {}),
    },
  };
}

/** To the second, as a certificate has it: two of one day are told apart. */
const dateOf = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
