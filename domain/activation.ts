/** What registration and activation have to do: nothing, where the active document says already what is wanted. */

import type { Assertion, ObservedActive } from './active-document.ts';
import type { Finding } from './failures.ts';
import type { OnboardingRequest, Resources } from './onboarding.ts';
import { sameResource, secretName } from './names.ts';
import type { ActivationStep, RegistrationStep } from './plan.ts';
import type { Certificate } from './certificate.ts';

/** Whether the document says what this onboarding wants. A `kid` that is not known beforehand is taken as it stands. */
export function isActive(
  request: OnboardingRequest,
  resources: Resources,
  active: ObservedActive | undefined,
): boolean {
  if (!active) return false;
  const { document } = active;
  return (
    sameResource(document.keyVersion, resources.keyVersion) &&
    sameResource(document.chainVersion, resources.chainVersion) &&
    sameResource(document.clientIdVersion, resources.clientIdVersion) &&
    document.clientId === request.client.clientId &&
    sameAssertion(request, document.assertion) &&
    sameSet(document.scopes, request.client.scopes)
  );
}

function sameAssertion(request: OnboardingRequest, assertion: Assertion): boolean {
  if (assertion.style !== request.client.assertion) return false;
  return assertion.style === 'x5c' || !request.client.kid || request.client.kid === assertion.kid;
}

/**
 * What the kid of the tenant file is worth while the certificate is the active one: `kid` is the one to go on with, when
 * people overtook the file's; else the file's is a new wish. Says so where the two differ.
 */
export function judgeKid(
  { client }: OnboardingRequest,
  certificate: Certificate,
  active: ObservedActive | undefined,
): { readonly kid?: string; readonly findings: Finding[] } {
  const { clientId, assertion, certificate: used, foreseenKid } = active?.document ?? {};
  if (assertion?.style !== 'kid' || client.assertion !== 'kid' || !client.kid) return { findings: [] };
  const isSame = clientId === client.clientId && used?.fingerprint === certificate.fingerprint;
  if (!isSame || client.kid === assertion.kid) return { findings: [] };
  const overtaken = client.kid === foreseenKid;
  const what = overtaken
    ? 'which people gave in its place: it stays'
    : 'registration is opened for the one of the file';
  const message = `The tenant file says ${client.kid}, the active document ${assertion.kid}${overtaken ? ', ' : ': '}${what}.`;
  const findings: Finding[] = [{ code: 'KID_OTHER', where: `client ${client.clientId} at Digdir`, message }];
  return overtaken ? { kid: assertion.kid, findings } : { findings };
}

/** In whatever order. */
export const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((scope) => other.includes(scope));

/** Registration is confirmed and verified anew unless the active document already says the same. */
export function planRegistration(
  request: OnboardingRequest,
  certificate: Certificate,
  active: boolean,
): RegistrationStep[] {
  if (active) return [];
  return [
    {
      kind: 'confirm-registration',
      resource: `client ${request.client.clientId} at Digdir`,
      change: `a person confirms that the client exists, has the scopes ${request.client.scopes.join(' ')}, and that ${whatDigdirDid(request)}`,
      reason: 'Digdir does this by hand, and no API tells',
      risk: 'routine',
    },
    {
      kind: 'verify-assertion',
      resource: `client ${request.client.clientId} at Digdir`,
      change: `take a token with an assertion signed by KMS for ${certificate.subject}, and read the self-service API with it`,
      reason: 'nothing is used before it is proven',
      risk: 'routine',
    },
  ];
}

/** In a rotation the old certificate works on until the new one is active, unless it is compromised. */
function whatDigdirDid({ client, replaces }: OnboardingRequest): string {
  const registered = client.assertion === 'kid';
  if (!replaces) {
    return registered
      ? 'the certificate (or its key) is registered on it, and under which kid'
      : 'no keys are registered on it, and it is locked to no other certificate';
  }
  if (replaces.compromised) {
    return registered
      ? 'the new certificate (or its key) is registered on it, under which kid, and the compromised one no longer is'
      : 'no keys are registered on it, and it takes the new certificate and not the compromised one';
  }
  return registered
    ? 'the new certificate (or its key) is registered on it beside the old one, and under which kid'
    : 'no keys are registered on it, and it takes the new certificate as well as the old one';
}

export function planActivation(
  request: OnboardingRequest,
  active: boolean,
  replaces?: ObservedActive,
): ActivationStep[] {
  if (active) return [];
  return [
    {
      kind: 'write-active-document',
      resource: secretName(request.google, request, 'active'),
      change: replaces
        ? `write a new active document in place of ${replaces.document.certificate.serialNumber} (${replaces.version})`
        : 'write the first active document',
      reason: 'the key, chain, client id and assertion style are proven',
      risk: 'notable',
    },
  ];
}
