/**
 * One attempt of an activity: it shows signs of life, its outbound calls end before it does, and what goes wrong becomes
 * an `ApplicationFailure` whose type is one of our codes. This is the only place that does so.
 */

import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Pace } from '../domain/onboarding.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import { passesWithPropagation } from '../domain/propagation.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';

type Paced = { readonly pace: Pick<Pace, 'propagation'> };

/**
 * What an attempt came to, as heartbeats carry it: when time runs out during a later one, the server tells the run the
 * last heartbeat and nothing of the attempts before.
 */
export type LastAnswer = {
  readonly code: FailureCode;
  readonly message: string;
  readonly findings: readonly Finding[];
};

/** Wraps an activity. Its first argument says how long a denial may be IAM that has not heard of a grant yet. */
export function attempt<P extends Paced, A extends unknown[], R>(
  run: (limits: Limits, request: P, ...args: A) => Promise<R>,
): (request: P, ...args: A) => Promise<R> {
  return async (request, ...args) => {
    const context = Context.current();
    const last: unknown = context.info.heartbeatDetails;
    const beat = setInterval(() => context.heartbeat(last), (context.info.heartbeatTimeoutMs ?? 30_000) / 3);
    try {
      return await run(limitsOf(context), request, ...args);
    } catch (error) {
      if (error instanceof Refusal) context.heartbeat(answerOf(error));
      throw applicationFailure(error, age(), request?.pace?.propagation);
    } finally {
      clearInterval(beat);
    }
  };
}

const answerOf = ({ code, message, findings }: Refusal): LastAnswer => ({ code, message, findings });

/** The time that is left for this attempt and for the activity, with a fifth of it kept for the answer. */
function limitsOf({ info, cancellationSignal }: Context): Limits {
  // By the server's clock alone: this machine's may be another.
  const spent = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
  const left = Math.min(info.startToCloseTimeoutMs, info.scheduleToCloseTimeoutMs - spent);
  const deadline = Date.now() + Math.floor(left * 0.8);
  return {
    get timeout() {
      return Math.max(1, deadline - Date.now());
    },
    signal: cancellationSignal,
  };
}

function applicationFailure(error: unknown, waited: number, propagation = 0): unknown {
  if (!(error instanceof Refusal)) return error;
  const lasting = passesWithPropagation(error.code) && waited > propagation * 1000;
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !error.passing || lasting,
    ...(error.retryAfter ? { nextRetryDelay: error.retryAfter } : {}),
    ...(error.passing && !lasting ? { category: ApplicationFailureCategory.BENIGN } : {}),
    details: [{ findings: error.findings }],
  });
}

/** Waits inside an activity, and ends early (by throwing) when the activity is cancelled. Milliseconds. */
export const pause = (milliseconds: number): Promise<void> => Context.current().sleep(milliseconds);

/** Milliseconds since the activity was first to be carried out, over all its attempts. */
export const age = (): number => Date.now() - begunAt();

/** When the activity was first to be carried out: the same for all its attempts. Milliseconds since 1970. */
export const begunAt = (): number => Context.current().info.scheduledTimestampMs;

/** Whether the attempt was called off: it is over, and what its calls say is about that alone. */
export const isCalledOff = (): boolean => Context.current().cancellationSignal.aborted;

/** Whether this is the first time that the activity is tried, so that its input is as fresh as can be. */
export const isFirstAttempt = (): boolean => Context.current().info.attempt === 1;

/** Whether what fails now may be a hiccup: from the third attempt on (or that of `told`) it is told to people. */
export const isEarlyAttempt = (told = 3): boolean => Context.current().info.attempt < told;

/** Id of the workflow run that this activity belongs to. */
export const runOfWorkflow = (): string => Context.current().info.workflowExecution?.runId ?? '';
