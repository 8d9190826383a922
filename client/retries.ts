/** The SDK's own repetitions of calls, and their end: one that is due when its connection is closed would end the process. */

import { setTimeout as wait } from 'node:timers/promises';
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

/** Milliseconds by which a timer may be late. */
const margin = 100;

/** Repeats as the SDK does. After `end` nothing is repeated, and what was due has been: the connection can be closed. */
export function createRetries() {
  const usual = defaultGrpcRetryOptions();
  let [ended, lastDue] = [false, 0];
  return {
    interceptor: makeGrpcRetryInterceptor({
      retryableDecider: (attempt, status) => !ended && usual.retryableDecider(attempt, status),
      delayFunction(attempt, status) {
        const delay = usual.delayFunction(attempt, status);
        lastDue = Math.max(lastDue, performance.now() + delay);
        return delay;
      },
    }),
    /** Aborting a call does not take its repetition back, and nothing tells when that is made: its time is waited for. */
    async end(): Promise<void> {
      ended = true;
      const left = lastDue - performance.now();
      if (left > -margin) await wait(left + margin);
    },
  };
}
