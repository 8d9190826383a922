/** What runs under the id gives way to the rotation of a compromised certificate, which cannot wait for people. */

import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import { sameSerial } from '../domain/revocation.ts';
import { isRotation, rotationPreviewStart } from '../domain/rotation.ts';
import type { RotationRequest } from '../domain/rotation.ts';
import { withdrawUpdate } from '../workflows/messages.ts';
import { endOfRun, readStatus } from './follow.ts';
import { failedEnd } from './run-end.ts';
import { sendUpdate } from './update.ts';

type Running = { readonly workflowId: string; readonly runId: string };

/** Milliseconds for the running one to tidy up and end. */
const patience = 120_000;

/**
 * Whether the running one was withdrawn to make way, and has ended. It is left alone when ours is no rotation of a
 * compromised certificate, or when that is what already runs, or when ours would be refused. STATE_CONFLICT when it does not end in time.
 */
export async function gaveWay(
  client: Client,
  { workflowId, runId }: Running,
  request: OnboardingRequest | RotationRequest,
  taskQueue: string,
): Promise<boolean> {
  const serial = isRotation(request) ? request.rotation.compromised : undefined;
  if (!isRotation(request) || serial === undefined) return false;
  const handle = client.workflow.getHandle(workflowId, runId);
  const { request: other } = await readStatus(client, handle);
  if (isRotation(other) && sameSerial(other.rotation.compromised ?? '', serial)) return false;
  await requireSound(client, request, taskQueue);
  const reason = `the key of the certificate ${serial} is compromised`;
  const answer = await sendUpdate(handle, withdrawUpdate, { by: request.requestedBy, reason });
  // In its soak a rotation is not withdrawn any more; cancelled, it leaves what is active as it is.
  if (answer.outcome === 'refused') await handle.cancel();
  const end = await endOfRun(client, handle, AbortSignal.timeout(patience));
  if (end.state === 'left') throw new Refusal('STATE_CONFLICT', `${workflowId} was told to end, and has not ended yet`);
  return true;
}

/**
 * Fails with what is wrong with the request, while nothing has been ended for its sake: a mistyped serial number above all.
 * Looks at nothing of the next certificate, which the compromised key does not wait for.
 */
async function requireSound(
  client: Client,
  { chain: _chain, ...request }: RotationRequest,
  taskQueue: string,
): Promise<void> {
  const { workflowType, args, ...start } = rotationPreviewStart({ ...request, existing: {} }, randomUUID());
  try {
    await client.workflow.execute(workflowType, { ...start, args: [...args], taskQueue });
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { code, message, findings } = failedEnd(error);
    throw new Refusal(code, message, { findings });
  }
}
