/** Waiting for the wrapped key: only ciphertext arrives here, for the import job that is named. */

import { condition, setHandler } from '@temporalio/workflow';
import type { ReadyImportJob } from '../activities/import-key.ts';
import { wellFormed } from './handlers.ts';
import { submitKeyUpdate } from './messages.ts';
import type { SubmissionAnswer, WrappedKeySubmission } from './messages.ts';
import { readSubmission } from './read-messages.ts';
import { Ended, now, show } from './run.ts';
import type { Run } from './run.ts';

/** Minutes before the job's end after which nothing is imported with it any more. */
const margin = 5;

/** The submission, or nothing when the job expires first. Throws `Ended` when the time for submitting is up. */
export async function awaitSubmission(
  run: Run,
  job: ReadyImportJob,
  refusal: string | undefined,
  deadline: number,
): Promise<WrappedKeySubmission | undefined> {
  const usableUntil = Date.parse(job.expires) - margin * 60_000;
  const until = Math.min(usableUntil, deadline);
  run.submission = undefined;
  run.awaiting = {
    what: 'wrapped-key',
    importJob: job.name,
    importMethod: job.importMethod,
    since: now(),
    until: new Date(until).toISOString(),
    ...(refusal ? { refusal } : {}),
  };
  show(run);
  await condition(() => run.submission !== undefined, Math.max(1, until - Date.now()));
  run.awaiting = undefined;
  show(run);
  const submission: WrappedKeySubmission | undefined = run.submission;
  if (!submission && Date.now() >= deadline) throw new Ended('expired', 'Nobody submitted the private key in time.');
  return submission;
}

/** Sets the handler for submissions; to be called before the first await. */
export function handleSubmissions(run: Run): void {
  setHandler(submitKeyUpdate, (input) => submit(run, input), {
    description: 'For `digdir onboard`: hands over the private key, wrapped for the import job that is awaited.',
    validator: wellFormed(readSubmission, 'WRAPPED_KEY_MALFORMED'),
  });
}

function submit(run: Run, input: unknown): SubmissionAnswer {
  const submission = readSubmission(input);
  if (typeof submission === 'string') return { outcome: 'refused', code: 'WRAPPED_KEY_MALFORMED', message: submission };
  const { awaiting } = run;
  if (awaiting?.what !== 'wrapped-key' || run.submission) {
    return { outcome: 'refused', code: 'SUBMISSION_NOT_AWAITED', message: 'No wrapped key is awaited now.' };
  }
  if (submission.importJob !== awaiting.importJob) {
    const message = `The key is awaited for ${awaiting.importJob}, not for ${submission.importJob}.`;
    return { outcome: 'refused', code: 'SUBMISSION_NOT_AWAITED', message };
  }
  run.submission = submission;
  return { outcome: 'accepted', message: `The key is being imported with ${awaiting.importJob}.` };
}
