/** Whoever asks for a client, patient with faults: asks, and hears what became of it. */

import { WithStartWorkflowOperation } from '@temporalio/client';
import type { OAuthClientName } from '../../domain/oauth-client.ts';
import { provisioningStart } from '../../domain/provisioning.ts';
import type { Operation, OperationEnd, ProvisioningResult } from '../../domain/provisioning.ts';
import { provisionUpdate } from '../../workflows/messages.ts';
import { requestOf } from '../provisioning.ts';
import { patience, patiently } from './drive.ts';
import { provisioningPace } from './pace.ts';
import type { Stage } from './stage.ts';

export type Driven = { readonly end: OperationEnd; readonly runId: string };

/** Rejects when the run fails, or does not end. Asked again with the same id, it is one request to the run. */
export async function driveClient(stage: Stage, client: OAuthClientName, operation: Operation): Promise<Driven> {
  const until = Date.now() + patience;
  const request = { ...requestOf(stage, client, operation), pace: provisioningPace };
  const { workflowType, args, ...start } = provisioningStart(request);
  const { runId, sequence } = await patiently(stage, until, () =>
    stage.client.workflow.executeUpdateWithStart(provisionUpdate, {
      args: [request],
      updateId: request.id,
      startWorkflowOperation: new WithStartWorkflowOperation(workflowType, {
        ...start,
        args: [...args],
        taskQueue: stage.prefix,
        // What a killed process had in hand is given to the next one after this.
        workflowTaskTimeout: '2s',
      }),
    }),
  );
  const handle = stage.client.workflow.getHandle(start.workflowId, runId);
  const { ends } = await patiently(stage, until, async () => (await handle.result()) as ProvisioningResult);
  const end = ends.find((one) => one.sequence === sequence);
  if (!end) throw new Error(`The run ended without a word on request ${sequence}.`);
  return { end, runId };
}
