/** Importing the wrapped key: an import job that is ACTIVE, the import, and following it until it is done. */

import type { CertificateChain } from '../domain/certificate.ts';
import { keyResource } from '../domain/custody.ts';
import type { FailureCode } from '../domain/failures.ts';
import { importJobName } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { KeyAlgorithm } from '../domain/plan.ts';
import { Refusal } from '../domain/refusal.ts';
import { googleRefusal, hasStatus, status } from '../services/google-errors.ts';
import { importMethod } from '../services/kms.ts';
import type { ImportJob, KeyVersion } from '../services/kms.ts';
import type { Limits } from '../services/limits.ts';
import { attempt, pause } from './attempt.ts';
import { settledVersions } from './observe-custody.ts';
import type { Services } from './services.ts';

export type ReadyImportJob = { readonly name: string; readonly importMethod: string; readonly expires: string };

/** Jobs cannot be deleted, so a wrong clock must not go on making them. */
const mostJobs = 50;

/** Time that must be left in a job for somebody to use it, in milliseconds. */
const usable = 10 * 60_000;

/**
 * The first import job of this certificate that is ACTIVE and has time left, made if there is none. Jobs cannot be
 * deleted and their names are never free again, so an expired one is followed by the next number.
 */
export const ensureImportJob = ({ kms, clock }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, chain: CertificateChain): Promise<ReadyImportJob> => {
    for (let number = 1; number <= mostJobs; number++) {
      const name = importJobName(request.google, request, chain.leaf.fingerprint, number);
      if (!(await kms.importJob(name, limits))) {
        await kms.createImportJob(name, request.google.protectionLevel, limits);
      }
      const job = await generated(kms, limits, name);
      const lasting = job.expires.getTime() - clock.now().getTime() > usable;
      if (job.state !== 'ACTIVE' || !lasting || job.importMethod !== importMethod) continue;
      return { name, importMethod: job.importMethod, expires: job.expires.toISOString() };
    }
    const message = `None of ${mostJobs} import jobs can be used. Is the clock of the worker right?`;
    throw new Refusal('GOOGLE_REFUSED', message);
  });

async function generated(kms: Services['kms'], limits: Limits, name: string): Promise<ImportJob> {
  for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
    const job = await kms.importJob(name, limits);
    if (job && job.state !== 'PENDING_GENERATION') return job;
    if (limits.timeout < wait * 2) throw new Refusal('GOOGLE_UNAVAILABLE', `${name} is still being made.`);
    await pause(wait);
  }
}

export type Import =
  | { readonly outcome: 'imported'; readonly version: string }
  | {
      readonly outcome: 'refused';
      readonly code: FailureCode;
      readonly reason: string;
      /** A version that holds another key than the certificate's; to be disabled. */
      readonly foreign?: string;
    };

/** What is submitted, besides the plan. */
export type WrappedKey = { readonly importJob: string; readonly wrappedKey: string; readonly algorithm: KeyAlgorithm };

/**
 * Imports the key unless a version holds it already: KMS takes every import for a new one, so versions are compared by
 * public key first, also after an attempt whose reply was lost. A refusal of KMS is an answer, not an error: it leads
 * back to waiting for a submission.
 */
export const importKey = ({ kms }: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      chain: CertificateChain,
      submitted: WrappedKey,
    ): Promise<Import> => {
      const cryptoKey = keyResource(request);
      const held = await versionWith(kms, limits, cryptoKey, chain.leaf.publicKey);
      if (held) return { outcome: 'imported', version: held };
      const { importJob, algorithm } = submitted;
      const wrappedKey = Buffer.from(submitted.wrappedKey, 'base64');
      try {
        const version = await kms.importVersion(cryptoKey, { importJob, algorithm, wrappedKey }, limits);
        return await followed(kms, limits, version, chain.leaf.publicKey);
      } catch (error) {
        return refusedImport(error);
      }
    },
  );

async function versionWith(
  kms: Services['kms'],
  limits: Limits,
  cryptoKey: string,
  publicKey: string,
): Promise<string | undefined> {
  const versions = await settledVersions(kms, limits, cryptoKey);
  for (const { name, state } of versions) {
    if (state === 'ENABLED' && (await kms.publicKey(name, limits)) === publicKey) return name;
  }
  return undefined;
}

async function followed(
  kms: Services['kms'],
  limits: Limits,
  imported: KeyVersion,
  publicKey: string,
): Promise<Import> {
  let version: KeyVersion | undefined = imported;
  for (let wait = 100; version?.state === 'PENDING_IMPORT'; wait = Math.min(wait * 2, 5_000)) {
    if (limits.timeout < wait * 2) throw new Refusal('GOOGLE_UNAVAILABLE', `${imported.name} is still being imported.`);
    await pause(wait);
    version = await kms.version(imported.name, limits);
  }
  if (version?.state !== 'ENABLED') {
    const reason = `${imported.name} is ${version?.state}: ${version?.importFailureReason || 'KMS gives no reason'}`;
    return { outcome: 'refused', code: 'IMPORT_FAILED', reason };
  }
  if ((await kms.publicKey(version.name, limits)) === publicKey) return { outcome: 'imported', version: version.name };
  const reason = 'The key that was submitted is not the key of the certificate.';
  return { outcome: 'refused', code: 'IMPORT_FAILED', reason, foreign: version.name };
}

/** KMS says at once that a wrapped key is malformed, or that its job has expired; all else is tried again. */
function refusedImport(error: unknown): Import {
  const refusal = googleRefusal(error, 'importing the key');
  if (hasStatus(error, status.invalidArgument)) {
    return { outcome: 'refused', code: 'WRAPPED_KEY_MALFORMED', reason: (refusal as Error).message };
  }
  if (hasStatus(error, status.failedPrecondition)) {
    return { outcome: 'refused', code: 'IMPORT_JOB_EXPIRED', reason: (refusal as Error).message };
  }
  throw refusal;
}
