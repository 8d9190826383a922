/** Which crypto key a certificate's key goes into: its versions are all of one size, and one that was compromised takes no more. */

import type { Certificate } from '../domain/certificate.ts';
import { keySizes } from '../domain/certificate.ts';
import { algorithmFor } from '../domain/custody.ts';
import type { Finding } from '../domain/failures.ts';
import { cryptoKeyName, importJobStem, lastPart, parentOf, sameResource } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { CryptoKey, KeyVersion, Kms } from '../services/kms.ts';
import type { Limits } from '../services/limits.ts';
import { unlessDenied } from './denied.ts';

/** Label of a crypto key that a run took all rights from, as somebody else may have one of its keys. */
export const compromisedLabel = 'compromised';

/** Label of such a crypto key that says which of its keys that is; its other keys are nobody's. */
export const compromisedVersionLabel = (version: string): string => `${compromisedLabel}-${lastPart(version)}`;

/** How many crypto keys of one size may be given up before a person has to look. */
const most = 9;

/**
 * The request with the name of the first crypto key that takes a key of this size: the client's own, else that of the
 * size, else one of those that follow after a compromised one. A finding when the certificate's key is compromised
 * itself, be it as that of the tenant's other admin client.
 */
export async function withCryptoKey(
  kms: Kms,
  limits: Limits,
  request: OnboardingRequest,
  leaf: Certificate,
): Promise<{ readonly placed: OnboardingRequest; readonly findings: readonly Finding[] }> {
  if (request.existing.keyVersion) return { placed: request, findings: [] };
  const findings = await otherClientFindings(kms, limits, request, leaf);
  const own = lastPart(cryptoKeyName(request.google, request, request.client.cryptoKey));
  for (const cryptoKey of namesAfter(own, leaf)) {
    const name = cryptoKeyName(request.google, request, cryptoKey);
    const key = await kms.cryptoKey(name, limits);
    if (key && isGivenUp(request, key)) {
      if (await holdsCompromised(kms, limits, request, key, leaf)) findings.push(sameKey(name));
    } else if (!key || !ofAnotherSize(key.algorithm, leaf.keySize)) {
      const placed = cryptoKey === own ? request : { ...request, client: { ...request.client, cryptoKey } };
      return { placed, findings };
    }
  }
  return { placed: request, findings };
}

const namesAfter = (own: string, { keySize }: Certificate): readonly string[] => {
  const numbered = Array.from({ length: most - 1 }, (_, index) => `${own}-${keySize}-${index + 2}`);
  return [own, `${own}-${keySize}`, ...numbered];
};

const sameKey = (where: string): Finding => ({
  code: 'CERTIFICATE_SAME_KEY',
  where,
  message: 'Its key is in here, and was revoked.',
});

/** Also when it is about to be: a plan is made before anything is revoked. */
const isGivenUp = ({ replaces }: OnboardingRequest, { name, labels }: CryptoKey): boolean =>
  labels[compromisedLabel] === 'true' ||
  (replaces?.compromised === true && sameResource(parentOf(replaces.keyVersion), name));

/**
 * Whether the certificate's key is the compromised one in there. KMS withholds the public key of a version that is
 * disabled; but the job that brought it tells whose it is. Where no label says which it is, it may be any.
 */
async function holdsCompromised(
  kms: Kms,
  limits: Limits,
  request: OnboardingRequest,
  { name, labels }: CryptoKey,
  { fingerprint }: Certificate,
): Promise<boolean> {
  const { google, replaces } = request;
  const isCompromised = (version: KeyVersion): boolean =>
    labels[compromisedVersionLabel(version.name)] === 'true' ||
    (replaces?.compromised === true && sameResource(replaces.keyVersion, version.name));
  const jobs = lastPart(importJobStem(google, request, fingerprint));
  const versions = await kms.versions(name, limits);
  const compromised = versions.filter(isCompromised);
  return (compromised.length > 0 ? compromised : versions).some(({ importJob }) =>
    lastPart(importJob).startsWith(jobs),
  );
}

/** Whoever may not see the other client's crypto keys cannot tell. */
async function otherClientFindings(
  kms: Kms,
  limits: Limits,
  { replaces: _own, ...request }: OnboardingRequest,
  leaf: Certificate,
): Promise<Finding[]> {
  const [kind = request.kind] = clientKinds.filter((one) => one !== request.kind);
  const other: OnboardingRequest = { ...request, kind };
  const findings: Finding[] = [];
  for (const cryptoKey of namesAfter(lastPart(cryptoKeyName(other.google, other)), leaf)) {
    const key = await kms.cryptoKey(cryptoKeyName(other.google, other, cryptoKey), limits).catch(unlessDenied);
    if (!key || !isGivenUp(other, key)) return findings;
    if (await holdsCompromised(kms, limits, other, key, leaf)) findings.push(sameKey(key.name));
  }
  return findings;
}

/** Whatever else is wrong with a key is for the plan to say. */
const ofAnotherSize = (algorithm: string, wanted: Certificate['keySize']): boolean =>
  keySizes.some((size) => size !== wanted && algorithmFor(size) === algorithm);
