/** The people of a run for an admin client, patient with faults: whatever it awaits, they give it, until it has ended. */

import { randomUUID, X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { onboardingStart } from '../../domain/onboarding.ts';
import type { OnboardingRequest, OnboardingResult } from '../../domain/onboarding.ts';
import type { PhaseName } from '../../domain/plan.ts';
import { rotationStart } from '../../domain/rotation.ts';
import type { RotationRequest } from '../../domain/rotation.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import {
  decideUpdate,
  rollBackUpdate,
  statusQuery,
  submitKeyUpdate,
  withdrawUpdate,
} from '../../workflows/messages.ts';
import type { Awaiting, RunStatus } from '../../workflows/messages.ts';
import { submissionFor } from '../onboarding.ts';
import type { Stage } from './stage.ts';

/** Milliseconds after which a run that has not ended is taken to be stuck. */
export const patience = 120_000;

export type People = {
  /** Whose key is submitted. */
  readonly issued: IssuedCertificate;
  /** What they do where a decision is awaited; `wait`: nothing. */
  readonly verdict: 'approve' | 'reject' | 'withdraw' | 'wait';
  /** The only gate where they do so: they approve at the others. */
  readonly at?: PhaseName;
  /** Under what id they register the key at Digdir, where the run has to be told. */
  readonly kid?: string;
  /** What else Digdir does for them before they decide about the registration. */
  readonly asksDigdir?: () => void;
  readonly inSoak?: 'go back' | 'cancel';
};

/** Starts the onboarding and takes it to its end. Rejects when the run fails, or does not end. */
export async function driveOnboarding(
  stage: Stage,
  request: OnboardingRequest,
  verdict: People['verdict'],
  kid?: string,
): Promise<OnboardingResult> {
  const { issued } = stage;
  return await drive(stage, onboardingStart(request), { issued, verdict, ...(kid ? { kid } : {}) });
}

/** The same for a rotation. */
export async function driveRotation(stage: Stage, request: RotationRequest, people: People): Promise<OnboardingResult> {
  return await drive(stage, rotationStart(request), people);
}

type Start = ReturnType<typeof onboardingStart> | ReturnType<typeof rotationStart>;
type Handle = WorkflowHandle<(request: OnboardingRequest) => Promise<OnboardingResult>>;

async function drive(stage: Stage, { workflowType, args, ...start }: Start, people: People): Promise<OnboardingResult> {
  const until = Date.now() + patience;
  const handle: Handle = await stage.client.workflow.start(workflowType, {
    ...start,
    args: [...args],
    taskQueue: stage.prefix,
    // What a killed process had in hand is given to the next one after this.
    workflowTaskTimeout: '2s',
    // One that is stuck since an earlier run of the harness has no worker any more.
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  for (;;) {
    const status = await patiently(stage, until, () => handle.query(statusQuery));
    if (status.phase === 'ended') return patiently(stage, until, () => handle.result());
    const act = partOf(stage, status, people);
    if (act) await patiently(stage, until, () => act(handle));
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

type Act = (handle: Handle) => Promise<unknown>;

/** An answer that comes twice has the same update id, so it is given once; one that comes late is refused, and no harm. */
function partOf(stage: Stage, { awaiting, request }: RunStatus, people: People): Act | undefined {
  if (awaiting?.what === 'wrapped-key') {
    const args: [unknown] = [submissionFor(stage, awaiting.importJob, people.issued)];
    const updateId = `wrapped-key-${awaiting.since}`;
    return (handle) => handle.executeUpdate(submitKeyUpdate, { args, updateId });
  }
  if (awaiting?.what === 'decision') return decisionOf(stage, request.client.clientId, awaiting, people);
  if (awaiting?.what !== 'soak') return undefined;
  if (people.inSoak === 'cancel') return (handle) => handle.cancel().catch(unlessEnded);
  if (people.inSoak !== 'go back') return undefined;
  // It may have been refused: then they ask once more.
  const updateId = randomUUID();
  return (handle) => handle.executeUpdate(rollBackUpdate, { args: [{ by: 'ola', reason: 'logins fail' }], updateId });
}

/** What was asked for before, and not answered, may have ended the run. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

function decisionOf(
  { cloud: { digdir } }: Stage,
  clientId: string,
  { gate, digest, needsKid, since }: Extract<Awaiting, { what: 'decision' }>,
  { issued, kid, asksDigdir, ...people }: People,
): Act | undefined {
  const verdict = people.at === undefined || people.at === gate ? people.verdict : 'approve';
  const updateId = `${verdict}-${since}`;
  if (verdict === 'wait') return undefined;
  if (verdict === 'withdraw') {
    return (handle) => handle.executeUpdate(withdrawUpdate, { args: [{ by: 'ola', reason: 'not now' }], updateId });
  }
  if (gate === 'registration') asksDigdir?.();
  const named = needsKid && kid !== undefined ? { kid } : {};
  if (named.kid) digdir.registerKey(clientId, publicJwk(issued, named.kid));
  const args: [unknown] = [{ gate, digest, verdict, by: 'kari', reason: 'seen and checked', ...named }];
  return (handle) => handle.executeUpdate(decideUpdate, { args, updateId });
}

function publicJwk({ leaf }: IssuedCertificate, kid: string) {
  const { n = '', e = '' } = new X509Certificate(leaf).publicKey.export({ format: 'jwk' });
  return { kid, kty: 'RSA', n, e, use: 'sig' } as const;
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
