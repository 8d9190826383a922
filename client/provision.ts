/** Asking for something to be done with an application's client, and hearing what became of it. */

import { WithStartWorkflowOperation, WorkflowFailedError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { provisioningStart } from '../domain/provisioning.ts';
import type { Accepted, OperationEnd, ProvisioningRequest, ProvisioningResult } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import { provisionUpdate } from '../workflows/messages.ts';
import { failedEnd } from './run-end.ts';
import { translated } from './update.ts';

export type Asked = Accepted & { readonly handle: WorkflowHandle };

/** Milliseconds to wait for the run to take the request in. */
const patience = 60_000;

/**
 * Starts a run for the client, or joins the one that is at work: the request travels in both, so that it is not lost when
 * this process dies in between. Refused: the code of the run's validator; NO_WORKER when nobody takes it in.
 */
export async function ask(client: Client, prefix: string, request: ProvisioningRequest): Promise<Asked> {
  const { workflowType, args, ...options } = provisioningStart(request);
  const startWorkflowOperation = new WithStartWorkflowOperation(workflowType, {
    ...options,
    args: [...args],
    taskQueue: prefix,
  });
  const update = { args: [request] as [unknown], updateId: request.id, startWorkflowOperation };
  try {
    const accepted = await client.withDeadline(
      Date.now() + patience,
      async () => await client.workflow.executeUpdateWithStart(provisionUpdate, update),
    );
    return { ...accepted, handle: client.workflow.getHandle(options.workflowId, accepted.runId) };
  } catch (error) {
    throw translated(error, options.workflowId);
  }
}

/** What became of the request, once the run that took it in has ended. */
export async function endOf({ handle, sequence }: Asked): Promise<OperationEnd> {
  try {
    return endIn((await handle.result()) as ProvisioningResult, sequence);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { code, message, findings } = failedEnd(error);
    throw new Refusal(code, message, { findings });
  }
}

/** What the run says about the request with this number. */
export function endIn({ ends }: ProvisioningResult, sequence: number): OperationEnd {
  const end = ends.find((one) => one.sequence === sequence);
  if (end) return end;
  throw new Refusal('UNEXPECTED', `The run ended without a word on request ${sequence}.`);
}
