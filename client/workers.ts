/** Whether workers are there. Without one, a workflow would start and then wait in silence. */

import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { failureOf } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { roleQueue, workerRoles } from '../domain/names.ts';
import { Refusal } from '../domain/refusal.ts';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** Milliseconds that Temporal is given to show that it is there again. */
export const checkTime = 5_000;

/**
 * Fails with NO_WORKER, naming every queue that nobody polls: that of the workflows and those of the three roles. `time`:
 * milliseconds that Temporal has for the answer; it is asked again as long as the SDK does when absent.
 */
export async function requireWorkers(client: Client, prefix: string, time?: number): Promise<void> {
  const queues = [
    { name: prefix, type: TASK_QUEUE_TYPE_WORKFLOW, what: 'workflows' },
    ...workerRoles.map((role) => ({
      name: roleQueue(prefix, role),
      type: TASK_QUEUE_TYPE_ACTIVITY,
      what: `the role ${role}`,
    })),
  ];
  const look = async () =>
    await Promise.all(queues.map(async (queue) => await pollers(client, queue.name, queue.type)));
  const counts = await (time === undefined ? look() : client.withDeadline(Date.now() + time, look));
  const findings = queues
    .filter((_, index) => counts[index] === 0)
    .map(({ name, what }): Finding => ({
      code: 'NO_WORKER',
      where: `task queue ${name}`,
      message: `Nobody does the work of ${what}.`,
    }));
  if (findings.length > 0) throw new Refusal('NO_WORKER', failureOf('NO_WORKER').title, { findings });
}

/** Fails with NO_WORKER when nobody could answer an update or a query. */
export async function requireWorkflowWorker(client: Client, taskQueue: string): Promise<void> {
  if ((await pollers(client, taskQueue, TASK_QUEUE_TYPE_WORKFLOW)) > 0) return;
  throw new Refusal('NO_WORKER', `nobody polls ${taskQueue}`);
}

async function pollers(client: Client, name: string, taskQueueType: number): Promise<number> {
  const { namespace } = client.options;
  const answer = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType });
  return answer.pollers.length;
}
