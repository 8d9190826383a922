/** The same activity once more, with the same input, on the queues of another process: Temporal's standalone activities. */

import type { PendingActivity } from './pending-activity.ts';
import { roleQueue } from '../../domain/names.ts';
import { faultPace } from './pace.ts';
import type { Stage } from './stage.ts';

export const twinPrefix = (stage: Stage): string => `${stage.prefix}-twin`;

/** Resolves when the double has ended, whichever way: what it may leave behind is judged in the world. */
export async function runTwin(stage: Stage, { workflowId, id, type, role, input }: PendingActivity): Promise<void> {
  const handle = await stage.client.activity.start(type, {
    id: `${stage.prefix}-twin-${workflowId}-${id}`,
    taskQueue: roleQueue(twinPrefix(stage), role),
    args: input,
    startToCloseTimeout: faultPace.attempt,
    heartbeatTimeout: faultPace.heartbeat,
    scheduleToCloseTimeout: faultPace.patience * 1000,
    retry: { initialInterval: faultPace.retry },
  });
  await handle.result().catch(() => {});
}
