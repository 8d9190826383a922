/** Starting runs from within an activity, over the worker's own connection to Temporal. */

import { Client, WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { DataConverter, Workflow } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Runs } from '../activities/services.ts';
import type { Limits } from '../services/limits.ts';

type Place = {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
  /** Where workflows run. */
  readonly taskQueue: string;
};

export function createRuns({ taskQueue, ...options }: Place): Runs {
  const client = new Client(options);

  async function within<T>({ timeout, signal }: Limits, work: () => Promise<T>): Promise<T> {
    const timed = async () => await client.withDeadline(Date.now() + timeout, work);
    return await (signal ? client.withAbortSignal(signal, timed) : timed());
  }

  return {
    async start({ workflowType, args, ...start }, limits) {
      const wanted = { ...start, args: [...args], taskQueue };
      try {
        await within(limits, async () => await client.workflow.start(workflowType, wanted));
        return 'started';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running';
        throw error;
      }
    },

    async ask({ workflowType, args, ...start }, update, request, limits) {
      const startWorkflowOperation = new WithStartWorkflowOperation(workflowType, {
        ...start,
        args: [...args],
        taskQueue,
      });
      const asking = { args: [request] as [unknown], updateId: request.id, startWorkflowOperation };
      const accepted = await within(
        limits,
        async () =>
          await client.workflow.executeUpdateWithStart<Workflow, { sequence: number }, [unknown]>(update, asking),
      );
      // The first request of a run is the one that began it.
      return accepted.sequence === 1 ? 'started' : 'running';
    },
  };
}
