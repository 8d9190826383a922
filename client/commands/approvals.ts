/** `digdir approvals`: everything in the namespace that waits for a decision. */

import type { Client, WorkflowHandle } from '@temporalio/client';
import { onboardingType } from '../../domain/onboarding.ts';
import { provisioningType } from '../../domain/provisioning.ts';
import { rotationType } from '../../domain/rotation.ts';
import { clientStatusQuery, statusQuery } from '../../workflows/messages.ts';
import type { AwaitedDecision } from '../../workflows/messages.ts';
import { approveCommand, shortTime } from '../awaiting.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import { answered } from '../follow.ts';
import { connection, given } from '../given-options.ts';
import { textTable, writeJson } from '../output.ts';

type Approval = Omit<AwaitedDecision, 'what'> & {
  readonly workflowId: string;
  /** The admin client's; an application's client may have none yet. */
  readonly clientId?: string;
  readonly command: string;
};

/** How many runs are asked at a time. */
const concurrency = 8;

export async function approvals(call: Call): Promise<number> {
  return await withTemporal(call, async ({ client }) => {
    const { waiting: found, unanswered } = await waitingRuns(client);
    const waiting = found.map((one) => ({ ...one, command: `${one.command}${given(call, connection)}` }));
    for (const id of unanswered) call.output.say(`${id} does not answer; is a worker there?`);
    if (call.output.json) writeJson(call.output, { approvals: waiting, unanswered });
    else if (waiting.length > 0) call.output.data(approvalsText(waiting));
    else call.output.say('Nothing waits for a decision.');
    return 0;
  });
}

async function waitingRuns(client: Client): Promise<{ waiting: Approval[]; unanswered: string[] }> {
  const types = [onboardingType, rotationType, provisioningType].map((type) => `"${type}"`).join(', ');
  const runs = client.workflow.list({ query: `WorkflowType IN (${types}) AND ExecutionStatus="Running"` });
  const waiting: Approval[] = [];
  const unanswered: string[] = [];
  const iterator = runs[Symbol.asyncIterator]();
  // The iterator queues its callers, so that several may draw from it.
  const ask = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      const { workflowId, runId, type } = next.value;
      try {
        const handle = client.workflow.getHandle(workflowId, runId);
        waiting.push(
          ...(type === provisioningType ? await ofClient(client, handle) : await ofAdminClient(client, handle)),
        );
      } catch {
        unanswered.push(workflowId);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return { waiting: waiting.sort((one, other) => one.since.localeCompare(other.since)), unanswered };
}

async function ofAdminClient(client: Client, handle: WorkflowHandle): Promise<Approval[]> {
  const { awaiting, request } = await answered(client, handle, statusQuery);
  if (awaiting?.what !== 'decision') return [];
  return [{ clientId: request.client.clientId, ...approvalOf(handle, awaiting) }];
}

async function ofClient(client: Client, handle: WorkflowHandle): Promise<Approval[]> {
  const { asked } = await answered(client, handle, clientStatusQuery);
  return asked ? [approvalOf(handle, asked.awaiting)] : [];
}

function approvalOf({ workflowId }: WorkflowHandle, awaiting: AwaitedDecision): Approval {
  const { what: _, ...decision } = awaiting;
  return { workflowId, ...decision, command: approveCommand(workflowId, awaiting) };
}

function approvalsText(waiting: readonly Approval[]): string {
  const rows = waiting.map((one) => [
    one.gate,
    one.workflowId,
    one.clientId ?? '',
    one.requestedBy,
    shortTime(one.since),
    shortTime(one.until),
    String(one.missing),
    one.who.join(' ') || 'anybody else',
    one.command,
  ]);
  return textTable(
    ['GATE', 'WORKFLOW', 'CLIENT ID', 'ASKED BY', 'SINCE', 'UNTIL', 'MISSING', 'WHO', 'TO APPROVE'],
    rows,
  );
}
