/** The people of an onboarding, patient with faults: whatever the run awaits, they give it, until it has ended. */

import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { onboardingStart } from '../../domain/onboarding.ts';
import type { OnboardingRequest, OnboardingResult } from '../../domain/onboarding.ts';
import { decideUpdate, statusQuery, submitKeyUpdate } from '../../workflows/messages.ts';
import type { Awaiting } from '../../workflows/messages.ts';
import { submissionFor } from '../onboarding.ts';
import type { Stage } from './stage.ts';

type OnboardingHandle = WorkflowHandle<(request: OnboardingRequest) => Promise<OnboardingResult>>;

/** Milliseconds after which a run that has not ended is taken to be stuck. */
export const patience = 120_000;

/** Starts the onboarding and takes it to its end. Rejects when the run fails, or does not end. */
export async function driveOnboarding(
  stage: Stage,
  request: OnboardingRequest,
  verdict: 'approve' | 'reject',
): Promise<OnboardingResult> {
  const until = Date.now() + patience;
  const { workflowType, args, ...start } = onboardingStart(request);
  const handle: OnboardingHandle = await stage.client.workflow.start(workflowType, {
    ...start,
    args: [...args],
    taskQueue: stage.prefix,
    // What a killed process had in hand is given to the next one after this.
    workflowTaskTimeout: '2s',
  });
  for (;;) {
    const status = await patiently(stage, until, () => handle.query(statusQuery));
    if (status.phase === 'ended') return patiently(stage, until, () => handle.result());
    const { awaiting } = status;
    if (awaiting) await patiently(stage, until, () => give(stage, handle, awaiting, verdict));
    else await quiet(stage);
  }
}

/** Resolves when no external call came for a moment: a run that makes calls awaits nobody, and each query costs it time. */
async function quiet({ cloud: { calls } }: Stage): Promise<void> {
  let before: number;
  do {
    before = calls.count();
    await delay(100);
  } while (calls.count() > before);
}

/** An answer that comes twice has the same update id, so it is given once; one that comes late is refused, and no harm. */
async function give(
  stage: Stage,
  handle: OnboardingHandle,
  awaiting: Awaiting,
  verdict: 'approve' | 'reject',
): Promise<void> {
  const updateId = `${awaiting.what}-${awaiting.since}`;
  if (awaiting.what === 'wrapped-key') {
    const args: [unknown] = [submissionFor(stage, awaiting.importJob, stage.issued)];
    await handle.executeUpdate(submitKeyUpdate, { args, updateId });
    return;
  }
  if (awaiting.what !== 'decision') return;
  const { gate, digest } = awaiting;
  const args: [unknown] = [{ gate, digest, verdict, by: 'kari', reason: 'seen and checked' }];
  await handle.executeUpdate(decideUpdate, { args, updateId });
}

/** Asks again while a worker or the server is away; what is final, or stays so for too long, is thrown. */
export async function patiently<T>(stage: Stage, until: number, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await stage.client.withDeadline(Date.now() + 3_000, ask);
    } catch (error) {
      const isFinal = error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError;
      if (isFinal || Date.now() > until) throw error;
      await delay(50);
    }
  }
}
