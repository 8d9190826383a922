/**
 * The import job that a key is wrapped for. Whoever answers for the workflow could name a job, or hand over a wrapping
 * key, of their own; so nothing of it is believed: the name has to be the one that follows from our own tenant file and
 * certificate, and the public key is read from KMS, with the caller's own credentials.
 */

import { createPublicKey } from 'node:crypto';
import type { KeyManagementServiceClient } from '@google-cloud/kms';
import { importJobStem, sameResource } from '../domain/names.ts';
import type { Subject } from '../domain/names.ts';
import type { GooglePlace } from '../domain/tenant.ts';
import { Refusal } from '../domain/refusal.ts';
import { lookingFor } from '../services/google-errors.ts';
import { callOptions } from '../services/limits.ts';

/** The one call that the command makes to KMS. */
export type ImportJobReader = Pick<KeyManagementServiceClient, 'getImportJob'>;

export type ExpectedJob = {
  readonly google: GooglePlace;
  readonly subject: Subject;
  /** Fingerprint of the caller's own leaf certificate. */
  readonly fingerprint: string;
};

export type ImportJob = { readonly name: string; readonly method: string; readonly publicKey: string };

/** The methods that are accepted, and the size of their keys in bits. Those with SHA-1 are not accepted. */
const modulusOf: Readonly<Record<string, number>> = {
  RSA_OAEP_3072_SHA256_AES_256: 3072,
  RSA_OAEP_4096_SHA256_AES_256: 4096,
};

/** Milliseconds for the call. */
const timeout = 10_000;

/**
 * Resolves to the job that the workflow names, as KMS itself describes it. Fails with IMPORT_JOB_UNTRUSTED when any part
 * of it is not what this tenant should use, IMPORT_JOB_EXPIRED when it has expired, and GOOGLE_DENIED, GOOGLE_REFUSED or
 * GOOGLE_UNAVAILABLE when KMS does not tell.
 */
export async function readImportJob(kms: ImportJobReader, expected: ExpectedJob, named: string): Promise<ImportJob> {
  const { google, subject, fingerprint } = expected;
  const stem = importJobStem(google, subject, fingerprint);
  if (!named.startsWith(stem) || !/^[1-9][0-9]{0,5}$/.test(named.slice(stem.length))) {
    throw untrusted(`it names ${JSON.stringify(named)}, which is not ${stem} and a number`);
  }
  const doing = `reading ${named} with your own credentials`;
  const found = await lookingFor(doing, () => kms.getImportJob({ name: named }, callOptions({ timeout })));
  if (!found) throw untrusted(`${named} does not exist in KMS`);
  const [job] = found;
  if (!job.name || !sameResource(job.name, named)) throw untrusted(`KMS answers with another job for ${named}`);
  if (job.state === 'EXPIRED') throw new Refusal('IMPORT_JOB_EXPIRED', named);
  if (job.state !== 'ACTIVE') throw untrusted(`${named} is ${String(job.state)}, not ACTIVE`);
  const method = String(job.importMethod);
  const modulus = Object.hasOwn(modulusOf, method) ? modulusOf[method] : undefined;
  if (modulus === undefined) throw untrusted(`${named} has the import method ${method}`);
  if (job.protectionLevel !== google.protectionLevel) {
    throw untrusted(`${named} has the protection level ${String(job.protectionLevel)}, not ${google.protectionLevel}`);
  }
  const publicKey = job.publicKey?.pem ?? '';
  if (rsaModulus(publicKey) !== modulus) throw untrusted(`the public key of ${named} is not the RSA key of ${method}`);
  return { name: named, method, publicKey };
}

const untrusted = (message: string): Refusal => new Refusal('IMPORT_JOB_UNTRUSTED', message);

/** Size of an RSA public key in bits; `undefined` for anything else. */
function rsaModulus(pem: string): number | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined;
  } catch {
    return undefined;
  }
}
