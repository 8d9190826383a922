/** What runs for an admin client already, in people's words, for whoever wanted something else of it. */

import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { adminClientWorkflowId } from '../domain/names.ts';
import type { Subject } from '../domain/names.ts';
import { onboardingType } from '../domain/onboarding.ts';
import { rotationType } from '../domain/rotation.ts';
import type { RunStatus } from '../workflows/messages.ts';
import { shortTime } from './awaiting.ts';
import { readStatus } from './follow.ts';
import { word } from './shell.ts';

const names: Readonly<Record<string, string>> = { [onboardingType]: 'onboarding', [rotationType]: 'rotation' };

/** The name that people have for the type of a workflow. */
export const typeName = (type: string): string => names[type] ?? `workflow of the type ${type}`;

export type Running = {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly startTime: Date;
};

/**
 * What it is, for whom, since when and with which certificate; then the commands to look at it, and to end it or go back,
 * each with `options` at its end: those by which Temporal is found, each with a space before it.
 */
export function runningWords(
  { workflowId, type, startTime }: Running,
  status: Pick<RunStatus, 'request' | 'certificate' | 'awaiting'> | undefined,
  options: string,
): string {
  const name = typeName(type);
  const whose = status ? ` for ${status.request.requestedBy}` : '';
  const which = status?.certificate ? `, with the certificate of serial number ${status.certificate.serialNumber}` : '';
  const id = word(workflowId);
  const wayOut =
    status?.awaiting?.what === 'soak'
      ? `to go back to the former certificate: digdir roll-back ${id}`
      : `to end it: digdir withdraw ${id}`;
  return [
    `${workflowId} is ${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}${whose}, since ${shortTime(startTime.toISOString())}${which}`,
    `(to see what it waits for: digdir status --workflow ${id}${options}; ${wayOut} --reason 'WHY'${options})`,
  ].join(' ');
}

/** The same, as the run itself tells; without whose it is when no worker answers. */
export async function describeRunning(client: Client, running: Running, options: string): Promise<string> {
  const handle = client.workflow.getHandle(running.workflowId, running.runId);
  return runningWords(running, await readStatus(client, handle).catch(() => undefined), options);
}

/** The same of what is at work on the admin client now; nothing when nothing is. */
export async function describeAtWork(client: Client, subject: Subject, options: string): Promise<string | undefined> {
  try {
    const found = await client.workflow.getHandle(adminClientWorkflowId(subject)).describe();
    return found.status.name === 'RUNNING' ? await describeRunning(client, found, options) : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
