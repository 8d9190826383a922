/** Observing custody: what exists in KMS and Secret Manager, read into one plain value. */

import { adoptedVersion, keyResource, secretResource } from '../domain/custody.ts';
import type {
  KeyVersionState,
  ObservedCryptoKey,
  ObservedCustody,
  ObservedKeyVersion,
  ObservedSecret,
} from '../domain/custody.ts';
import type { CertificateChain } from '../domain/certificate.ts';
import { importJobStem, keyRingName, lastPart, ownLabels, secretRoles } from '../domain/names.ts';
import type { SecretRole } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import type { KeyVersion } from '../services/kms.ts';
import type { Limits } from '../services/limits.ts';
import { pause } from './attempt.ts';
import { unlessDenied } from './denied.ts';
import type { Services } from './services.ts';

export async function observeCustody(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  chain: CertificateChain,
): Promise<ObservedCustody> {
  const [keyRing, cryptoKey, ...secrets] = await Promise.all([
    services.kms.keyRingExists(keyRingName(request.google), limits),
    observeCryptoKey(services, limits, request, chain),
    ...secretRoles.map((role) => observeSecret(services, limits, request, chain, role)),
  ]);
  const found = secretRoles.flatMap((role, index) => (secrets[index] ? [[role, secrets[index]] as const] : []));
  return { keyRing, ...(cryptoKey ? { cryptoKey } : {}), secrets: Object.fromEntries(found) };
}

async function observeCryptoKey(
  { kms, permissions }: Services,
  limits: Limits,
  request: OnboardingRequest,
  { leaf }: CertificateChain,
): Promise<ObservedCryptoKey | undefined> {
  const name = keyResource(request);
  const jobs = lastPart(importJobStem(request.google, request, leaf.fingerprint));
  const key = await kms.cryptoKey(name, limits);
  if (!key) return undefined;
  const [settled, bindings] = await Promise.all([
    settledVersions(kms, limits, name),
    permissions.bindings(name, limits),
  ]);
  const versions = await Promise.all(
    settled.map(async (version): Promise<ObservedKeyVersion> => {
      const observed = {
        name: version.name,
        state: keyVersionState(version),
        disabledByRun: key.labels[disabledLabel(version.name)] === 'true',
      };
      if (observed.state === 'OTHER' || observed.state === 'DESTROYED') return observed;
      const publicKey = await kms.publicKey(version.name, limits).catch((error: unknown) => {
        if (observed.state === 'ENABLED' || !(error instanceof Refusal) || error.code !== 'GOOGLE_REFUSED') throw error;
        // KMS withholds the public key of a version that is not usable; then the job that brought it tells whose it is.
        return lastPart(version.importJob).startsWith(jobs) ? leaf.publicKey : undefined;
      });
      return { ...observed, ...(publicKey ? { publicKey } : {}) };
    }),
  );
  return { ...key, versions, bindings };
}

/** Label of the crypto key by which a run remembers that it disabled a version itself. */
export const disabledLabel = (version: string): string => `disabled-by-run-${lastPart(version)}`;

/** The versions, once no import is pending: a pending one shows its public key only when it is done. */
export async function settledVersions(kms: Services['kms'], limits: Limits, cryptoKey: string): Promise<KeyVersion[]> {
  for (let wait = 50; ; wait = Math.min(wait * 2, 5_000)) {
    const versions = await kms.versions(cryptoKey, limits);
    if (versions.every(({ state }) => state !== 'PENDING_IMPORT')) return versions;
    if (limits.timeout < wait * 2) throw new Refusal('GOOGLE_UNAVAILABLE', `An import into ${cryptoKey} is pending.`);
    await pause(wait);
  }
}

const states: readonly string[] = ['ENABLED', 'DISABLED', 'DESTROY_SCHEDULED', 'DESTROYED'];

export const keyVersionState = ({ state }: KeyVersion): KeyVersionState =>
  states.includes(state) ? (state as KeyVersionState) : 'OTHER';

async function observeSecret(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  chain: CertificateChain,
  role: SecretRole,
): Promise<ObservedSecret | undefined> {
  const name = secretResource(request, role);
  const secret = await services.secrets.secret(name, limits);
  if (!secret) return undefined;
  const [bindings, matchingVersion] = await Promise.all([
    services.permissions.bindings(name, limits),
    adoptedVersion(request, role) ?? matching(services, limits, name, contentOf(request, chain, role)),
  ]);
  const ours = Object.entries(ownLabels(request)).every(([key, value]) => secret.labels[key] === value);
  return {
    name: secret.name,
    replication: secret.replication,
    ours,
    bindings,
    ...(matchingVersion ? { matchingVersion } : {}),
  };
}

/** What a version of the secret should hold; nothing is compared for the documents that a run writes later. */
export function contentOf(request: OnboardingRequest, chain: CertificateChain, role: SecretRole): Buffer | undefined {
  if (role === 'cert-chain') return Buffer.from(chain.pem);
  if (role === 'client-id') return Buffer.from(request.client.clientId);
  return undefined;
}

async function matching(
  services: Services,
  limits: Limits,
  secret: string,
  content: Buffer | undefined,
): Promise<string | undefined> {
  if (!content) return undefined;
  // The right to read comes with a later step; until then the step that stores it compares for itself.
  const versions = await services.secrets.readFrom(secret, 1, limits).catch(unlessDenied);
  return versions?.find(({ data }) => data.equals(content))?.name;
}
