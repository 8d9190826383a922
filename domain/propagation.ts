/** A change at Digdir, or in IAM, takes its time to arrive everywhere: which refusals pass with it, and for how long. */

import type { FailureCode } from './failures.ts';

/** What passes when a change has arrived everywhere; after that time it is the answer. */
const propagating: readonly FailureCode[] = ['GOOGLE_DENIED', 'CLIENT_KEY_REFUSED'];

export const passesWithPropagation = (code: FailureCode): boolean => propagating.includes(code);

/** Whether Digdir judged the assertion or the token, as opposed to not answering. */
export const isJudgement = (code: FailureCode): boolean =>
  code.startsWith('ASSERTION_') || code === 'SELF_SERVICE_REFUSED';
