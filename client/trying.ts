/** What a run tries again at present, and what came of it last time. Temporal tells: the run itself hears only of the end. */

import type { WorkflowHandle } from '@temporalio/client';
import type proto from '@temporalio/proto';
import { isFailureCode } from '../domain/failures.ts';
import type { FailureCode } from '../domain/failures.ts';
import { isJudgement, passesWithPropagation } from '../domain/propagation.ts';
import type { ClientRunStatus, RunStatus } from '../workflows/messages.ts';
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

/** From this attempt on, what fails is no hiccup. */
const toldAttempt = 3;

/** Of these, what keeps being refused: a hiccup passes without a word. */
export const lasting = (trying: readonly Trying[]): Trying[] => trying.filter(({ attempt }) => attempt >= toldAttempt);

/** Everything of the run, which stands as it says, that failed at least once and is tried again. */
export async function tryingIn(handle: WorkflowHandle, { request, steps }: Standing): Promise<Trying[]> {
  // Temporal tells of the present attempt when it was scheduled: the first one was when the step began.
  const begun = steps.findLast(({ state }) => state === 'running')?.startedAt;
  return await pendingIn(handle, request.pace, begun);
}

type Standing = Pick<RunStatus, 'request' | 'steps'>;

/** The same for an application's client: what keeps being refused. */
export async function lastingIn(handle: WorkflowHandle, { pace }: Pick<ClientRunStatus, 'pace'>): Promise<Trying[]> {
  return pace ? lasting(await pendingIn(handle, pace)) : [];
}

type TryingPace = NonNullable<ClientRunStatus['pace']>;

async function pendingIn(handle: WorkflowHandle, pace: TryingPace, begun?: string): Promise<Trying[]> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).flatMap((pending) => tryingOf(pending, pace, begun) ?? []);
}

function tryingOf(pending: Pending, { propagation, patience }: TryingPace, begun?: string): Trying | undefined {
  const { lastFailure, expirationTime } = pending;
  if (!lastFailure || !expirationTime) return undefined;
  const activity = pending.activityType?.name ?? '';
  const type = lastFailure.applicationFailureInfo?.type;
  const code = isFailureCode(type) ? type : 'UNEXPECTED';
  const passes = passesWithPropagation(code) || (proofs.includes(activity) && isJudgement(code));
  const end = milliseconds(expirationTime);
  // It is given up when the patience is over that began with the first attempt.
  const since = begun === undefined ? end - patience * 1000 : Date.parse(begun);
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
