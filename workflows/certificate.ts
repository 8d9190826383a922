/** Waiting for the new certificate: a rotation may begin before there is one. */

import { condition, setHandler } from '@temporalio/workflow';
import type { CertificateJudgement } from '../activities/judge-certificate.ts';
import { operator } from './activities.ts';
import { wellFormed } from './handlers.ts';
import { submitCertificateUpdate } from './messages.ts';
import type { CertificateSubmission, SubmissionAnswer } from './messages.ts';
import { readCertificateSubmission } from './read-messages.ts';
import { reasonIn } from './refusals.ts';
import { Ended, now, show } from './run.ts';
import type { Run } from './run.ts';

/** The chain that was handed in and found right, as PEM. Throws `Ended` when the time for it is up. */
export async function awaitCertificate(run: Run): Promise<string> {
  const { submission } = run.request.pace;
  const until = new Date(Date.now() + submission * 1000).toISOString();
  run.awaiting = { what: 'certificate', since: now(), until };
  show(run);
  await condition(() => run.certificateChain !== undefined, submission * 1000);
  run.awaiting = undefined;
  show(run);
  if (run.certificateChain === undefined) throw new Ended('expired', 'Nobody handed in the new certificate in time.');
  return run.certificateChain;
}

/** Sets the handler; to be called before the first await. */
export function handleCertificates(run: Run): void {
  setHandler(submitCertificateUpdate, (input) => submit(run, input), {
    description: 'For `digdir rotate-certificate`: hands in the new certificate chain, which is public.',
    validator: wellFormed(readCertificateSubmission, 'CERTIFICATE_MISSING'),
  });
}

async function submit(run: Run, input: unknown): Promise<SubmissionAnswer> {
  const submission = readCertificateSubmission(input);
  if (typeof submission === 'string') return { outcome: 'refused', code: 'CERTIFICATE_MISSING', message: submission };
  if (!isAwaited(run)) return notAwaited;
  const judgement = await judge(run, submission);
  // Another one may have been handed in meanwhile.
  if (!isAwaited(run)) return notAwaited;
  if (judgement.fits) {
    run.certificateChain = submission.chain;
    return { outcome: 'accepted', message: 'The rotation goes on with this certificate.' };
  }
  const { code, message, findings = [] } = judgement;
  if (run.awaiting) run.awaiting = { ...run.awaiting, refusal: `of ${submission.submittedBy}: ${message}` };
  show(run);
  return { outcome: 'refused', code, message, findings };
}

const isAwaited = ({ awaiting, certificateChain }: Run): boolean =>
  awaiting?.what === 'certificate' && certificateChain === undefined;

const notAwaited: SubmissionAnswer = {
  outcome: 'refused',
  code: 'SUBMISSION_NOT_AWAITED',
  message: 'No certificate is awaited now.',
};

/** Seconds in which it has to be known; whoever hands in waits for the answer. */
const judging = 60;

async function judge({ request }: Run, { chain, submittedBy }: CertificateSubmission): Promise<CertificateJudgement> {
  const soon = { ...request.pace, patience: Math.min(request.pace.patience, judging) };
  return await operator(soon, `Does the certificate of ${submittedBy.slice(0, 60)} fit?`)
    .judgeCertificate(request, chain)
    .catch((error: unknown) => {
      const message = `It could not be judged: ${reasonIn(error)}`;
      return { fits: false, code: 'UNEXPECTED', message, findings: [] } as const;
    });
}
