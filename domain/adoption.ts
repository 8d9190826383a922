/** Taking over what was made by hand: only what fits together, and lies where the tenant file says, is adopted. */

import type { Certificate } from './certificate.ts';
import { locationName, projectName, sameResource } from './names.ts';
import type { ObservedCustody } from './custody.ts';
import type { Finding } from './failures.ts';
import type { OnboardingRequest } from './onboarding.ts';

/** What the adopted secret versions hold, where they can be read. */
export type AdoptedContents = { readonly chainFingerprint?: string; readonly clientId?: string };

/** What keeps the named resources from being adopted. */
export function adoptionFindings(
  request: OnboardingRequest,
  certificate: Certificate,
  observed: ObservedCustody,
  contents: AdoptedContents,
): Finding[] {
  return [
    ...keyFindings(request, certificate, observed),
    ...chainFindings(request, certificate, contents),
    ...clientIdFindings(request, contents),
  ];
}

/** Adopted names outside of the tenant's project and location. A project number cannot be compared with an id, so it passes here. */
export function elsewhereFindings(request: OnboardingRequest): Finding[] {
  const { keyVersion, chainVersion, clientIdVersion } = request.existing;
  const named = [
    [keyVersion, locationName(request.google)],
    [chainVersion, projectName(request.google)],
    [clientIdVersion, projectName(request.google)],
  ] as const;
  return named.flatMap(([name, place]): Finding[] => {
    if (!name || liesIn(name, place)) return [];
    return [{ code: 'ADOPTED_RESOURCE_ELSEWHERE', where: name, message: `It does not lie in ${place}.` }];
  });
}

function liesIn(name: string, place: string): boolean {
  const parts = name.split('/');
  return place.split('/').every((part, index) => {
    const isProject = index === 1;
    return parts[index] === part || (isProject && /^\d+$/.test(parts[index] ?? ''));
  });
}

function keyFindings(request: OnboardingRequest, certificate: Certificate, observed: ObservedCustody): Finding[] {
  const adopted = request.existing.keyVersion;
  if (!adopted) return [];
  const version = observed.cryptoKey?.versions.find(({ name }) => sameResource(name, adopted));
  if (!version)
    return [{ code: 'ADOPTED_RESOURCE_MISSING', where: adopted, message: 'The key version does not exist.' }];
  if (version.state === 'ENABLED' && version.publicKey !== certificate.publicKey) {
    const message = `Its public key is not that of ${certificate.subject} (serial number ${certificate.serialNumber}).`;
    return [{ code: 'ADOPTED_KEY_MISMATCH', where: adopted, message }];
  }
  if (version.state !== 'ENABLED' && version.publicKey !== certificate.publicKey) {
    return [{ code: 'KEY_VERSION_DISABLED', where: adopted, message: `The version is ${version.state}.` }];
  }
  return [];
}

function chainFindings(request: OnboardingRequest, certificate: Certificate, contents: AdoptedContents): Finding[] {
  const adopted = request.existing.chainVersion;
  if (!adopted) return [];
  if (contents.chainFingerprint === undefined) {
    return [{ code: 'ADOPTED_RESOURCE_MISSING', where: adopted, message: 'The version holds no certificate chain.' }];
  }
  if (contents.chainFingerprint === certificate.fingerprint) return [];
  const message = `Its leaf certificate is not the one that was given (${certificate.serialNumber}).`;
  return [{ code: 'ADOPTED_KEY_MISMATCH', where: adopted, message }];
}

function clientIdFindings(request: OnboardingRequest, contents: AdoptedContents): Finding[] {
  const adopted = request.existing.clientIdVersion;
  if (!adopted || contents.clientId === request.client.clientId) return [];
  if (contents.clientId === undefined) {
    return [{ code: 'ADOPTED_RESOURCE_MISSING', where: adopted, message: 'The version cannot be read.' }];
  }
  const message = `It holds "${contents.clientId.slice(0, 64)}", the tenant file says "${request.client.clientId}".`;
  return [{ code: 'ADOPTED_CLIENT_ID_MISMATCH', where: adopted, message }];
}
