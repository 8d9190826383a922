/** What runs for an admin client already, in people's words, for whoever wanted something else of it. */

import type { Client } from '@temporalio/client';
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

/** What it is, for whom, since when and with which certificate; then the commands to look at it, and to end it. */
export function runningWords(
  { workflowId, type, startTime }: Running,
  status: Pick<RunStatus, 'request' | 'certificate'> | undefined,
): string {
  const name = typeName(type);
  const whose = status ? ` for ${status.request.requestedBy}` : '';
  const which = status?.certificate ? `, with the certificate of serial number ${status.certificate.serialNumber}` : '';
  const id = word(workflowId);
  return [
    `${workflowId} is ${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}${whose}, since ${shortTime(startTime.toISOString())}${which}`,
    `(to see what it waits for: digdir status --workflow ${id}; to end it: digdir withdraw ${id} --reason 'WHY')`,
  ].join(' ');
}

/** The same, as the run itself tells; without whose it is when no worker answers. */
export async function describeRunning(client: Client, running: Running): Promise<string> {
  const handle = client.workflow.getHandle(running.workflowId, running.runId);
  return runningWords(running, await readStatus(client, handle).catch(() => undefined));
}
