/** Handing in the private key: wrapped on this machine, for an import job that this machine has judged itself. */

import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Certificate } from '../domain/certificate.ts';
import type { Subject } from '../domain/names.ts';
import type { GooglePlace } from '../domain/tenant.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Awaiting, SubmissionAnswer, WrappedKeySubmission } from '../workflows/messages.ts';
import { failureLines } from './failure.ts';
import { readImportJob } from './import-job.ts';
import type { ImportJobReader } from './import-job.ts';
import { wrapKey } from './wrap.ts';

export type AwaitedKey = Extract<Awaiting, { what: 'wrapped-key' }>;

export type Custodian = {
  /** From the caller's own tenant file and certificate, never from the workflow. */
  readonly google: GooglePlace;
  readonly subject: Subject;
  readonly certificate: Certificate;
  /** PKCS#8 DER; zeroed by `forget`. */
  readonly pkcs8: Buffer;
  readonly submittedBy: string;
  readonly kms: () => Promise<ImportJobReader>;
  /** Hands the ciphertext to the run. */
  readonly send: (submission: WrappedKeySubmission) => Promise<SubmissionAnswer>;
  readonly say: (line: string) => void;
};

/** How often one command hands in the key before it gives up. */
const mostSubmissions = 3;

export type Submitter = {
  /**
   * Hands in the key where it is awaited anew. Fails with what stands in the way, and then nothing was sent. That Google
   * does not tell of the import job at present is said once, and leaves the key to the next call.
   */
  readonly submit: (awaiting: AwaitedKey) => Promise<void>;
  /** Zeroes the private key. Nothing can be handed in afterwards. */
  readonly forget: () => void;
};

export function createSubmitter(custodian: Custodian): Submitter {
  const { certificate, pkcs8, say } = custodian;
  let forgotten = false;
  let submissions = 0;
  /** Which wait was answered last: the status tells of it until the workflow has taken the answer in. */
  let answered = '';
  /** Whether Google did not answer last time, and that was said. */
  let unavailable = false;

  return {
    async submit(awaiting) {
      const wait = `${awaiting.importJob} ${awaiting.since}`;
      if (wait === answered || forgotten) return;
      if (awaiting.refusal && !unavailable) say(`the key has to be handed in again: ${awaiting.refusal}`);
      if (submissions === mostSubmissions) {
        throw new Refusal('IMPORT_FAILED', `after ${submissions} attempts: ${awaiting.refusal ?? 'no reason'}`);
      }
      let submission: WrappedKeySubmission;
      try {
        submission = await wrapFor(awaiting, custodian);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.code === 'GOOGLE_UNAVAILABLE') return sayUnavailable(error);
        if (error.code !== 'IMPORT_JOB_EXPIRED') throw error;
        unavailable = false;
        answered = wait;
        return say(`${awaiting.importJob} has expired; waiting for its successor`);
      }
      unavailable = false;
      answered = wait;
      submissions += 1;
      say(`hand in the key, wrapped for ${submission.importJob}`);
      const answer = await custodian.send(submission);
      if (answer.outcome === 'accepted') return say(answer.message);
      // Somebody else was faster: their key is on its way, and ours is not needed.
      if (answer.code === 'SUBMISSION_NOT_AWAITED') return say(`not taken: ${answer.message}`);
      throw new Refusal(answer.code ?? 'WRAPPED_KEY_MALFORMED', answer.message);
    },
    forget() {
      forgotten = true;
      pkcs8.fill(0);
    },
  };

  function sayUnavailable(refusal: Refusal): void {
    if (!unavailable) for (const line of failureLines(refusal)) say(line);
    unavailable = true;
  }

  async function wrapFor(awaiting: AwaitedKey, { google, subject, submittedBy, kms }: Custodian) {
    if (publicKeyOf(pkcs8) !== certificate.publicKey) {
      throw new Refusal('KEY_CERTIFICATE_MISMATCH', `the key is not that of ${certificate.subject}`);
    }
    const expected = { google, subject, fingerprint: certificate.fingerprint };
    const job = await readImportJob(await kms(), expected, awaiting.importJob);
    const wrappedKey = wrapKey(pkcs8, job.publicKey, job.method).toString('base64');
    return { importJob: job.name, wrappedKey, submittedBy } satisfies WrappedKeySubmission;
  }
}

/** SubjectPublicKeyInfo of a private key, DER in base64. */
function publicKeyOf(pkcs8: Buffer): string {
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64');
}
