/** Which crypto key a certificate's key goes into: its versions are all of one size, and one that was compromised takes no more. */

import type { Certificate } from '../domain/certificate.ts';
import { algorithmFor } from '../domain/custody.ts';
import { keySizes } from '../domain/certificate.ts';
import type { Finding } from '../domain/failures.ts';
import { cryptoKeyName, importJobStem, lastPart } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { Kms } from '../services/kms.ts';
import type { Limits } from '../services/limits.ts';

/** Label of a crypto key that a run took all rights from, as somebody else may have one of its keys. */
export const compromisedLabel = 'compromised';

/** How many crypto keys of one size may be given up before a person has to look. */
const most = 9;

/**
 * The request with the name of the first crypto key that takes a key of this size: the client's own, else that of the
 * size, else one of those that follow after a compromised one. A finding when the certificate's key is compromised itself.
 */
export async function withCryptoKey(
  kms: Kms,
  limits: Limits,
  request: OnboardingRequest,
  { keySize, fingerprint }: Certificate,
): Promise<{ readonly placed: OnboardingRequest; readonly findings: readonly Finding[] }> {
  if (request.existing.keyVersion) return { placed: request, findings: [] };
  const findings: Finding[] = [];
  const own = lastPart(cryptoKeyName(request.google, request, request.client.cryptoKey));
  const numbered = Array.from({ length: most - 1 }, (_, index) => `${own}-${keySize}-${index + 2}`);
  for (const cryptoKey of [own, `${own}-${keySize}`, ...numbered]) {
    const name = cryptoKeyName(request.google, request, cryptoKey);
    const key = await kms.cryptoKey(name, limits);
    if (key?.labels[compromisedLabel] === 'true') {
      if (await isImportedInto(kms, limits, name, importJobStem(request.google, request, fingerprint))) {
        findings.push({ code: 'CERTIFICATE_SAME_KEY', where: name, message: 'Its key is in here, and was revoked.' });
      }
    } else if (!key || !ofAnotherSize(key.algorithm, keySize)) {
      const placed = cryptoKey === own ? request : { ...request, client: { ...request.client, cryptoKey } };
      return { placed, findings };
    }
  }
  return { placed: request, findings };
}

/** KMS withholds the public key of a version that is disabled; but the job that brought it tells whose it is. */
async function isImportedInto(kms: Kms, limits: Limits, cryptoKey: string, jobs: string): Promise<boolean> {
  const versions = await kms.versions(cryptoKey, limits);
  return versions.some(({ importJob }) => lastPart(importJob).startsWith(lastPart(jobs)));
}

/** Whatever else is wrong with a key is for the plan to say. */
const ofAnotherSize = (algorithm: string, wanted: Certificate['keySize']): boolean =>
  keySizes.some((size) => size !== wanted && algorithmFor(size) === algorithm);
