/** `digdir approvals`: everything in the namespace that waits for a decision. */

import type { Client } from '@temporalio/client';
import { onboardingType } from '../../domain/onboarding.ts';
import { rotationType } from '../../domain/rotation.ts';
import type { Awaiting, RunStatus } from '../../workflows/messages.ts';
import { approveCommand, shortTime } from '../awaiting.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import { readStatus } from '../follow.ts';
import { textTable, writeJson } from '../output.ts';

type AwaitedDecision = Extract<Awaiting, { what: 'decision' }>;

type Approval = Omit<AwaitedDecision, 'what'> & {
  readonly workflowId: string;
  readonly clientId: string;
  readonly requestedBy: string;
  readonly command: string;
};

/** How many runs are asked at a time. */
const concurrency = 8;

export async function approvals(call: Call): Promise<number> {
  return await withTemporal(call, async ({ client }) => {
    const { waiting, unanswered } = await waitingRuns(client);
    for (const id of unanswered) call.output.say(`${id} does not answer; is a worker there?`);
    if (call.output.json) writeJson(call.output, { approvals: waiting, unanswered });
    else if (waiting.length > 0) call.output.data(approvalsText(waiting));
    else call.output.say('Nothing waits for a decision.');
    return 0;
  });
}

async function waitingRuns(client: Client): Promise<{ waiting: Approval[]; unanswered: string[] }> {
  const runs = client.workflow.list({
    query: `WorkflowType IN ("${onboardingType}", "${rotationType}") AND ExecutionStatus="Running"`,
  });
  const waiting: Approval[] = [];
  const unanswered: string[] = [];
  const iterator = runs[Symbol.asyncIterator]();
  // The iterator queues its callers, so that several may draw from it.
  const ask = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      const { workflowId, runId } = next.value;
      try {
        const status = await readStatus(client, client.workflow.getHandle(workflowId, runId));
        if (status.awaiting?.what === 'decision') waiting.push(approvalOf(status, status.awaiting));
      } catch {
        unanswered.push(workflowId);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return { waiting: waiting.sort((one, other) => one.since.localeCompare(other.since)), unanswered };
}

function approvalOf({ workflowId, request }: RunStatus, awaiting: AwaitedDecision): Approval {
  const { what: _, ...decision } = awaiting;
  const { requestedBy, client } = request;
  return {
    workflowId,
    clientId: client.clientId,
    requestedBy,
    ...decision,
    command: approveCommand(workflowId, awaiting),
  };
}

function approvalsText(waiting: readonly Approval[]): string {
  const rows = waiting.map((one) => [
    one.gate,
    one.workflowId,
    one.clientId,
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
