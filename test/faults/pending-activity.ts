/** Which activity of a workflow makes an external call, as Temporal knows it: to see its attempts, and to run it again. */

import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { roleQueue, workerRoles } from '../../domain/names.ts';
import type { WorkerRole } from '../../domain/names.ts';
import type { Call } from '../../local/calls.ts';
import type { Stage } from './stage.ts';

export type PendingActivity = {
  readonly workflowId: string;
  readonly id: string;
  readonly type: string;
  readonly role: WorkerRole;
  readonly input: readonly unknown[];
  readonly attempt: number;
};

/** Activities that call nobody: they may be pending beside the one that is looked for. */
const silent = ['judgeDecision', 'remind', 'startRenewal'];

/**
 * The activity behind a call, or, where several of a role are under way at a time, all that may be: each role has a
 * principal of its own, and calls tell no more.
 */
export async function activitiesBehind(
  stage: Stage,
  workflows: readonly string[],
  call: Call,
): Promise<readonly PendingActivity[]> {
  const role = roleOf(stage, call);
  const pending = await Promise.all(workflows.map((workflowId) => pendingOf(stage, workflowId, role)));
  if (pending.flat().length > 0) return pending.flat();
  throw new Error(`No pending activity of the ${role} makes call ${call.index}, ${call.method}.`);
}

/** None when there is no such workflow yet. */
async function pendingOf(stage: Stage, workflowId: string, role: WorkerRole): Promise<readonly PendingActivity[]> {
  const handle = stage.client.workflow.getHandle(workflowId);
  const described = await handle.describe().catch(unlessMissing);
  if (!described) return [];
  const { events } = await handle.fetchHistory();
  return (described.raw.pendingActivities ?? []).flatMap(({ activityId, attempt }): PendingActivity[] => {
    const scheduled = events
      ?.map((event) => event.activityTaskScheduledEventAttributes)
      .find((attributes) => attributes?.activityId === activityId);
    const type = scheduled?.activityType?.name ?? '';
    if (!activityId || silent.includes(type)) return [];
    if (scheduled?.taskQueue?.name !== roleQueue(stage.prefix, role)) return [];
    const payloads = scheduled.input?.payloads ?? [];
    const input = payloads.map((payload): unknown => defaultPayloadConverter.fromPayload(payload));
    return [{ workflowId, id: activityId, type, role, input, attempt: attempt ?? 1 }];
  });
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

/** The attempt that is under way or comes next; nothing when the activity has ended. */
export async function attemptOf(stage: Stage, { workflowId, id }: PendingActivity): Promise<number | undefined> {
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
