/** Starting an onboarding or a rotation, or joining the one that already runs for the same client with the same contents. */

import { isDeepStrictEqual } from 'node:util';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Certificate } from '../domain/certificate.ts';
import { onboardingStart } from '../domain/onboarding.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import { gaveWay } from './give-way.ts';
import { isRotation, rotationStart } from '../domain/rotation.ts';
import type { RotationRequest } from '../domain/rotation.ts';
import type { RunStatus } from '../workflows/messages.ts';
import { describeRunning } from './already-running.ts';
import type { Running } from './already-running.ts';

type AdminClientRequest = OnboardingRequest | RotationRequest;

export type Started = {
  readonly handle: WorkflowHandle;
  readonly runId: string;
  /** What it joined, which was there already. */
  readonly attached?: Running;
};

/**
 * Fails with WORKFLOW_OTHER_TYPE when something else is at work on the client. Its contents are compared later, by
 * `otherContents`. `connection`: options by which the commands that are named then find Temporal.
 */
export async function startOrAttach(
  client: Client,
  prefix: string,
  request: AdminClientRequest,
  connection = '',
): Promise<Started> {
  const { workflowType, args, ...options } = startOf(request);
  // The other process may end between the refusal of the start and the look at it: then it is our turn after all.
  for (let attempt = 1; ; attempt += 1) {
    try {
      const handle = await client.workflow.start(workflowType, { ...options, args: [...args], taskQueue: prefix });
      return { handle, runId: handle.firstExecutionRunId };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const running = await client.workflow.getHandle(options.workflowId).describe();
    if (running.status.name === 'RUNNING') {
      if (!(await gaveWay(client, running, request, prefix)))
        return await attach(client, running, workflowType, connection);
    }
    if (attempt === 3) throw new Refusal('STATE_CONFLICT', `runs of ${options.workflowId} keep starting and ending`);
  }
}

const startOf = (request: AdminClientRequest) =>
  isRotation(request) ? rotationStart(request) : onboardingStart(request);

async function attach(client: Client, running: Running, wanted: string, connection: string): Promise<Started> {
  const { workflowId, runId, type } = running;
  if (type !== wanted) throw new Refusal('WORKFLOW_OTHER_TYPE', await describeRunning(client, running, connection));
  return { handle: client.workflow.getHandle(workflowId, runId), runId, attached: running };
}

/** What differs between what we ask for and what a running onboarding does, or `undefined` when it is the same. */
export function otherContents(
  request: AdminClientRequest,
  certificate: Certificate | undefined,
  status: Pick<RunStatus, 'request' | 'certificate'>,
): string | undefined {
  const [ours, theirs] = [contents(request), contents(status.request)];
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  const different = names.filter((name) => !isDeepStrictEqual(ours[name], theirs[name]));
  const [mine, other] = [certificate?.fingerprint, status.certificate?.fingerprint];
  if (mine !== undefined && other !== undefined && mine !== other) different.push('certificate');
  return different.length === 0 ? undefined : different.join(', ');
}

/** What a run is about, as JSON has it; who asked, and how long things may take, make no difference. */
function contents(request: Omit<OnboardingRequest, 'chain'>): Record<string, unknown> {
  const plain = JSON.parse(JSON.stringify(request)) as Record<string, unknown>;
  const about = Object.entries(plain).filter(([name]) => !['chain', 'requestedBy', 'pace'].includes(name));
  return Object.fromEntries(about);
}
