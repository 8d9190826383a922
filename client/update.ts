/** Sending an update to a run: every way in which it is not answered becomes a refusal that says so. */

import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { UpdateDefinition } from '@temporalio/common';
import { Refusal } from '../domain/refusal.ts';
import { failedEnd } from './run-end.ts';

/** Milliseconds to wait for an answer: a decision may take an activity, which may be tried again. */
const patience = 60_000;

/**
 * Resolves to the run's answer. Fails with the code of the run's validator, NO_WORKER when no answer comes in time, and
 * DECISION_NOT_AWAITED when the run is over.
 */
export async function sendUpdate<T>(
  handle: WorkflowHandle,
  update: UpdateDefinition<T, [unknown]>,
  argument: unknown,
): Promise<T> {
  const options = { args: [argument] as [unknown], updateId: randomUUID() };
  try {
    return await handle.client.withDeadline(
      Date.now() + patience,
      async () => await handle.executeUpdate(update, options),
    );
  } catch (error) {
    throw translated(error, handle.workflowId);
  }
}

export function translated(error: unknown, workflowId: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new Refusal('DECISION_NOT_AWAITED', `the run ${workflowId} has ended, or never was`);
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return new Refusal(
      'NO_WORKER',
      `${workflowId} gave no answer in time; it may have taken the message in all the same`,
    );
  }
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  const { code, message, findings } = failedEnd(error.cause ?? error);
  return new Refusal(code, message, { findings });
}
