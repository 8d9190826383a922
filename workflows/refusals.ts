/** What failed activities come to: a failure of the workflow, or the end of a request. */

import { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { failureOf, isFailureCode } from '../domain/failures.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';

/**
 * An activity's refusal as a failure of the workflow: the last one, where time ran out while it was tried again, and
 * `STEP_TIMED_OUT` where there was none. Other errors are given back.
 */
export function failureIn(error: unknown): unknown {
  if (!(error instanceof ActivityFailure)) return error;
  const answer = lastAnswer(error);
  if (answer)
    return ApplicationFailure.nonRetryable(answer.message, answer.type ?? 'UNEXPECTED', ...(answer.details ?? []));
  return error.cause instanceof TimeoutFailure
    ? ApplicationFailure.nonRetryable(`${error.activityType} had no answer.`, 'STEP_TIMED_OUT')
    : error;
}

const lastAnswer = ({ cause }: Error): ApplicationFailure | undefined => {
  if (cause instanceof ApplicationFailure) return cause;
  return cause instanceof TimeoutFailure ? lastAnswer(cause) : undefined;
};

/** Why an activity failed, in words. */
export function reasonIn(error: unknown): string {
  const failure = failureIn(error);
  const cause = failure instanceof ActivityFailure ? (failure.cause ?? failure) : failure;
  return cause instanceof Error ? cause.message : String(cause);
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
  const cause = failureIn(error);
  if (cause instanceof ApplicationFailure && isFailureCode(cause.type)) {
    const [detail] = (cause.details ?? []) as { findings?: readonly Finding[] }[];
    const { title, remedy } = failureOf(cause.type);
    return { code: cause.type, message: `${title}. ${cause.message} ${remedy}`, findings: detail?.findings ?? [] };
  }
  return { code: 'UNEXPECTED', message: reasonIn(error), findings: [] };
}

/** An attempt that had failed when the workflow was cancelled is not made again: the cancellation is what ended it. */
const isWithdrawal = (error: unknown): boolean =>
  isCancellation(error) || (error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED);
