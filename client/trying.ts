/** What a run tries again at present, and what came of it last time. Temporal tells: the run itself hears only of the end. */

import type { WorkflowHandle } from '@temporalio/client';
import type proto from '@temporalio/proto';
import { isFailureCode } from '../domain/failures.ts';
import type { FailureCode } from '../domain/failures.ts';
import { isJudgement, passesWithPropagation } from '../domain/propagation.ts';
import type { RunStatus } from '../workflows/messages.ts';
import { shortTime } from './awaiting.ts';
import { failureLines } from './failure.ts';

export type Trying = {
  /** Name of the activity. */
  readonly activity: string;
  /** The last attempt that came to something, from 1. */
  readonly attempt: number;
  readonly code: FailureCode;
  /** In the words of whoever refused. */
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** When it is given up, at the latest. */
  readonly until: string;
  /** The refusal may be a change that has not arrived everywhere. */
  readonly propagation: boolean;
};

type Pending = proto.temporal.api.workflow.v1.IPendingActivityInfo;
type Instant = proto.google.protobuf.ITimestamp;

/** These take Digdir's judgement as the answer once a change has had its time to arrive. */
const proofs = ['verifyAssertion', 'verifyFormer'];

/** Everything of the run, which stands as it says, that failed at least once and is tried again. */
export async function tryingIn(handle: WorkflowHandle, { request, steps }: Standing): Promise<Trying[]> {
  const { raw } = await handle.describe();
  // Temporal tells of the present attempt when it was scheduled: the first one was when the step began.
  const begun = steps.findLast(({ state }) => state === 'running')?.startedAt;
  const { propagation } = request.pace;
  return (raw.pendingActivities ?? []).flatMap((pending) => tryingOf(pending, begun, propagation) ?? []);
}

type Standing = Pick<RunStatus, 'request' | 'steps'>;

function tryingOf(pending: Pending, begun: string | undefined, propagation: number): Trying | undefined {
  const { lastFailure, scheduledTime, expirationTime } = pending;
  if (!lastFailure || !scheduledTime || !expirationTime) return undefined;
  const activity = pending.activityType?.name ?? '';
  const type = lastFailure.applicationFailureInfo?.type;
  const code = isFailureCode(type) ? type : 'UNEXPECTED';
  const passes = passesWithPropagation(code) || (proofs.includes(activity) && isJudgement(code));
  const since = begun === undefined ? milliseconds(scheduledTime) : Date.parse(begun);
  const end = milliseconds(expirationTime);
  return {
    activity,
    attempt: Math.max(1, (pending.attempt ?? 1) - 1),
    code,
    message: lastFailure.message ?? '',
    since: new Date(since).toISOString(),
    until: new Date(passes ? Math.min(end, since + propagation * 1000) : end).toISOString(),
    propagation: passes,
  };
}

const milliseconds = ({ seconds, nanos }: Instant): number => Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;

/** Since when, until when at most; then what the last attempt came to. */
export function tryingLines({ attempt, code, message, since, until, propagation }: Trying): [string, string] {
  const why = propagation ? ', as a change may take that long to arrive; then that is the answer' : '';
  const [refusal = ''] = failureLines({ code, message, findings: [] });
  return [
    `tried again since ${shortTime(since)}, until ${shortTime(until)} at most${why}`,
    `attempt ${attempt}: ${refusal}`,
  ];
}
