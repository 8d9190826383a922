/** The schedule that has the watch go its round every day. */

import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleOptions, ScheduleOptionsStartWorkflowAction } from '@temporalio/client';
import { watchAction, watchId } from '../domain/watch.ts';
import type { WatchRequest, WatchResult } from '../domain/watch.ts';

export type Installed = {
  readonly schedule: string;
  /** ISO 8601, UTC. */
  readonly next?: string;
  readonly outcome: 'created' | 'updated';
};

type Wanted = Pick<
  ScheduleOptions<ScheduleOptionsStartWorkflowAction<(request: WatchRequest) => Promise<WatchResult>>>,
  'spec' | 'action' | 'policies'
>;

/** Once a day, in the morning, not all tenants at one moment; a pass that a long outage kept from starting is made up for. */
function scheduleOf(request: WatchRequest, taskQueue: string): Wanted {
  const { workflowType, args, ...start } = watchAction(request);
  return {
    spec: { calendars: [{ hour: 5, minute: 0, comment: 'every day' }], jitter: '1h' },
    action: { type: 'startWorkflow', workflowType, args: [...args] as [WatchRequest], taskQueue, ...start },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
  };
}

/** Creates the schedule, or makes the one that is there as it should be; whether it is paused stays as it is. */
export async function installWatch(client: Client, taskQueue: string, request: WatchRequest): Promise<Installed> {
  const scheduleId = watchId(request);
  const wanted = scheduleOf(request, taskQueue);
  const handle = client.schedule.getHandle(scheduleId);
  let outcome: Installed['outcome'] = 'created';
  try {
    await client.schedule.create({ scheduleId, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await handle.update(({ state }) => ({ ...wanted, state }));
    outcome = 'updated';
  }
  const { info } = await handle.describe();
  const [next] = info.nextActionTimes;
  return { schedule: scheduleId, outcome, ...(next ? { next: next.toISOString() } : {}) };
}

/** Whether there was one. */
export async function removeWatch(
  client: Client,
  request: Pick<WatchRequest, 'tenant' | 'environment'>,
): Promise<boolean> {
  try {
    await client.schedule.getHandle(watchId(request)).delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}
