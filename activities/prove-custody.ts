/** Proof of possession: what custody made ready belongs together, before anybody is asked to rely on it. */

import { X509Certificate, randomBytes, verify } from 'node:crypto';
import type { CertificateChain } from '../domain/certificate.ts';
import { adoptedVersion, keyResource, secretResource } from '../domain/custody.ts';
import { importJobStem, lastPart, sameResource } from '../domain/names.ts';
import type { OnboardingRequest, Resources } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import { keysOfOthers, readActive } from './active-document.ts';
import { attempt } from './attempt.ts';
import { unlessDenied } from './denied.ts';
import { contentOf, settledVersions } from './observe-custody.ts';
import type { Services } from './services.ts';

export type CustodyProof = {
  readonly resources: Resources;
  /** Versions that this run made and that nothing will use: doubles of a repeated call, or another key. To be disabled. */
  readonly strays: readonly string[];
};

/**
 * Public keys are equal, and a probe that the operator's principal signs verifies against the leaf. `CUSTODY_BROKEN` when
 * something is gone again, `KEY_NOT_PROVEN` when the signature is not the certificate's.
 */
export const proveCustody = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      chain: CertificateChain,
      before: readonly string[],
    ): Promise<CustodyProof> => {
      const [keys, chains, clientIds] = await Promise.all([
        keyVersions(services, limits, request, chain),
        secretVersions(services, limits, request, chain, 'cert-chain'),
        secretVersions(services, limits, request, chain, 'client-id'),
      ]);
      const [keyVersion, chainVersion, clientIdVersion] = [keys.wanted[0], chains[0], clientIds[0]];
      if (!keyVersion) throw broken(`No enabled version of ${keyResource(request)} holds the key of the certificate.`);
      if (!chainVersion) throw broken(`No version of ${secretResource(request, 'cert-chain')} holds the chain.`);
      if (!clientIdVersion) throw broken(`No version of ${secretResource(request, 'client-id')} holds the client id.`);
      await proveSignature(services, limits, keyVersion, chain);
      const doubles = [...keys.wanted.slice(1), ...keys.foreign, ...chains.slice(1), ...clientIds.slice(1)];
      const strays = doubles.filter((name) => !before.some((other) => sameResource(name, other)));
      return { resources: { keyVersion, chainVersion, clientIdVersion }, strays };
    },
  );

/** What an ended run leaves enabled that it made itself and that nothing uses: no active document of any client, above all. */
export const leftOvers = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      chain: CertificateChain,
      before: readonly string[],
    ): Promise<string[]> => {
      // A run that ended before it granted itself the right to read a secret has not written to it either.
      const [own, others, keys, chains = [], clientIds = []] = await Promise.all([
        readActive(services, limits, request).catch(unlessDenied),
        keysOfOthers(services, limits, request),
        keyVersions(services, limits, request, chain),
        secretVersions(services, limits, request, chain, 'cert-chain').catch(unlessDenied),
        secretVersions(services, limits, request, chain, 'client-id').catch(unlessDenied),
      ]);
      const { keyVersion, chainVersion, clientIdVersion } = own?.document ?? {};
      const used = [keyVersion, chainVersion, clientIdVersion].flatMap((name) => name ?? []);
      return [...keys.wanted, ...keys.foreign, ...chains, ...clientIds].filter(
        (name) => ![...before, ...used, ...others].some((other) => sameResource(name, other)),
      );
    },
  );

/** Enabled versions with the certificate's key, lowest first; and those that this certificate's import jobs brought with another. */
async function keyVersions(
  { kms }: Services,
  limits: Limits,
  request: OnboardingRequest,
  chain: CertificateChain,
): Promise<{ wanted: string[]; foreign: string[] }> {
  const cryptoKey = keyResource(request);
  if (!(await kms.cryptoKey(cryptoKey, limits))) return { wanted: [], foreign: [] };
  const jobs = lastPart(importJobStem(request.google, request, chain.leaf.fingerprint));
  const adopted = request.existing.keyVersion;
  const [wanted, foreign]: [string[], string[]] = [[], []];
  for (const { name, state, importJob } of await settledVersions(kms, limits, cryptoKey)) {
    if (state !== 'ENABLED' || (adopted && !sameResource(name, adopted))) continue;
    if ((await kms.publicKey(name, limits)) === chain.leaf.publicKey) wanted.push(name);
    else if (lastPart(importJob).startsWith(jobs)) foreign.push(name);
  }
  return { wanted, foreign };
}

async function secretVersions(
  { secrets }: Services,
  limits: Limits,
  request: OnboardingRequest,
  chain: CertificateChain,
  role: 'cert-chain' | 'client-id',
): Promise<string[]> {
  const adopted = adoptedVersion(request, role);
  if (adopted) {
    const version = await secrets.read(adopted, limits);
    return version && version !== 'unusable' ? [version.name] : [];
  }
  const content = contentOf(request, chain, role);
  const versions = await secrets.readFrom(secretResource(request, role), 1, limits);
  return versions.filter(({ data }) => content && data.equals(content)).map(({ name }) => name);
}

async function proveSignature(
  { kms }: Services,
  limits: Limits,
  keyVersion: string,
  chain: CertificateChain,
): Promise<void> {
  const probe = randomBytes(64);
  const signature = await kms.sign(keyVersion, probe, limits);
  const leaf = new X509Certificate(chain.pem);
  if (verify('sha256', probe, leaf.publicKey, signature)) return;
  throw new Refusal('KEY_NOT_PROVEN', `${keyVersion} does not sign for ${chain.leaf.subject}.`);
}

const broken = (message: string): Refusal => new Refusal('CUSTODY_BROKEN', message);
