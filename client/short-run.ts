/** Runs that answer within minutes, and change nothing or little: started, waited for, and their failure made a refusal. */

import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { Refusal } from '../domain/refusal.ts';
import { whileWorked } from './preview.ts';
import { failedEnd } from './run-end.ts';
import { requireWorkers } from './workers.ts';

/** Milliseconds that a run may take before the workers are asked after, and between two times that they are. */
const times = { patience: 120_000, pause: 5_000 };

type Start = {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly workflowIdConflictPolicy: 'FAIL';
  readonly args: readonly unknown[];
  readonly staticSummary: string;
};

/** The run's result. Fails as the run does, or with NO_WORKER. */
export async function resultOf<T>(client: Client, taskQueue: string, start: Start): Promise<T> {
  await requireWorkers(client, taskQueue);
  const { workflowType, args, ...options } = start;
  try {
    const handle = await client.workflow.start(workflowType, { ...options, args: [...args], taskQueue });
    const result = async (signal: AbortSignal): Promise<unknown> =>
      await client.withAbortSignal(signal, async () => await handle.result());
    return (await whileWorked(result, async () => await requireWorkers(client, taskQueue), times)) as T;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { code, message, findings } = failedEnd(error);
    throw new Refusal(code, message, { findings });
  }
}
