/** What failed activities come to: a failure of the workflow, or the end of a request. */

import { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { failureOf, isFailureCode } from '../domain/failures.ts';
import type { LastAnswer } from '../activities/attempt.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';

/**
 * An activity's refusal as a failure of the workflow: the last one, where time ran out while it was tried again, and
 * `STEP_TIMED_OUT` where there was none. Other errors are given back.
 */
export function failureIn(error: unknown): unknown {
  if (!(error instanceof ActivityFailure)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    return ApplicationFailure.nonRetryable(cause.message, cause.type ?? 'UNEXPECTED', ...(cause.details ?? []));
  }
  if (!(cause instanceof TimeoutFailure)) return error;
  const last = cause.lastHeartbeatDetails;
  return isAnswer(last)
    ? ApplicationFailure.nonRetryable(last.message, last.code, { findings: last.findings })
    : ApplicationFailure.nonRetryable(`${error.activityType} had no answer.`, 'STEP_TIMED_OUT');
}

/** Whether an attempt left an answer in its heartbeats, for the case that none after it is answered in time. */
function isAnswer(details: unknown): details is LastAnswer {
  const fields = ['code', 'message', 'findings'];
  return typeof details === 'object' && details !== null && fields.every((field) => field in details);
}

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
