/** Which activity of a workflow makes an external call, as Temporal knows it: to see its attempts, and to run it again. */

import { defaultPayloadConverter } from '@temporalio/common';
import { roleQueue, workerRoles } from '../../domain/names.ts';
import type { WorkerRole } from '../../domain/names.ts';
import type { Call } from '../../local/calls.ts';
import type { Stage } from './stage.ts';

export type PendingActivity = {
  readonly id: string;
  readonly type: string;
  readonly role: WorkerRole;
  readonly input: readonly unknown[];
  readonly attempt: number;
};

/** Activities that call nobody: they may be pending beside the one that is looked for. */
const silent = ['judgeDecision', 'remind'];

/** The activity behind a call: each role has a principal of its own and one activity under way at a time. */
export async function activityBehind(stage: Stage, workflowId: string, call: Call): Promise<PendingActivity> {
  const role = roleOf(stage, call);
  const handle = stage.client.workflow.getHandle(workflowId);
  const { raw } = await handle.describe();
  const { events } = await handle.fetchHistory();
  for (const { activityId, attempt } of raw.pendingActivities ?? []) {
    const scheduled = events
      ?.map((event) => event.activityTaskScheduledEventAttributes)
      .find((attributes) => attributes?.activityId === activityId);
    const type = scheduled?.activityType?.name ?? '';
    if (!activityId || silent.includes(type)) continue;
    if (scheduled?.taskQueue?.name !== roleQueue(stage.prefix, role)) continue;
    const payloads = scheduled.input?.payloads ?? [];
    const input = payloads.map((payload): unknown => defaultPayloadConverter.fromPayload(payload));
    return { id: activityId, type, role, input, attempt: attempt ?? 1 };
  }
  throw new Error(`No pending activity of the ${role} makes call ${call.index}, ${call.method}.`);
}

/** The attempt that is under way or comes next; nothing when the activity has ended. */
export async function attemptOf(stage: Stage, workflowId: string, id: string): Promise<number | undefined> {
  const { raw } = await stage.client.workflow.getHandle(workflowId).describe();
  const pending = raw.pendingActivities?.find(({ activityId }) => activityId === id);
  return pending && (pending.attempt ?? 1);
}

/**
 * The most attempts that an activity of the run took. A machine that is busy lets heartbeats come late: then an attempt is
 * given up that goes on all the same.
 */
export async function mostAttempts(stage: Stage, workflowId: string, runId?: string): Promise<number> {
  const { events } = await stage.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const attempts = events?.map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0) ?? [];
  return Math.max(0, ...attempts);
}

/** Digdir is called by the operator, who names itself by its client id there. */
function roleOf({ cloud }: Stage, { caller }: Call): WorkerRole {
  return workerRoles.find((role) => cloud.accounts[role] === caller) ?? 'operator';
}
