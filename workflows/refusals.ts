/** What failed activities come to: a failure of the workflow, or the end of a request. */

import { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { failureOf, isFailureCode } from '../domain/failures.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';

/** An activity's refusal as a failure of the workflow. */
export function failureIn(error: unknown): unknown {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return error;
  const { message, type, details } = error.cause;
  return ApplicationFailure.nonRetryable(message, type ?? 'UNEXPECTED', ...(details ?? []));
}

type Refused = { readonly code: FailureCode; readonly message: string; readonly findings: readonly Finding[] };

/** What went wrong, as the end of a request tells it. */
export function refusalIn(error: unknown): Refused {
  if (isWithdrawal(error)) {
    return {
      code: 'WITHDRAWN',
      message: 'The workflow was cancelled. The next apply goes on from here.',
      findings: [],
    };
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isFailureCode(cause.type)) {
    const [detail] = (cause.details ?? []) as { findings?: readonly Finding[] }[];
    const { title, remedy } = failureOf(cause.type);
    return { code: cause.type, message: `${title}. ${cause.message} ${remedy}`, findings: detail?.findings ?? [] };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: 'UNEXPECTED', message, findings: [] };
}

/** An attempt that had failed when the workflow was cancelled is not made again: the cancellation is what ended it. */
const isWithdrawal = (error: unknown): boolean =>
  isCancellation(error) || (error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED);
