/** What a request would change, client by client, without changing anything. */

import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { clientPreviewStart } from '../domain/provisioning.ts';
import type { ClientPreview, ProvisioningRequest } from '../domain/provisioning.ts';
import { whileWorked } from './preview.ts';
import { failedEnd } from './run-end.ts';
import type { FailedEnd } from './run-end.ts';
import { requireWorkers } from './workers.ts';

export type PreviewedClient =
  | { readonly request: ProvisioningRequest; readonly preview: ClientPreview }
  | { readonly request: ProvisioningRequest; readonly failure: FailedEnd };

/** Milliseconds that a preview may take before the workers are asked after, and between two times that they are. */
const times = { patience: 120_000, pause: 5_000 };

/** Plans every request. Fails with NO_WORKER when there are no workers, or when they leave before the plans are made. */
export async function previewClients(
  client: Client,
  prefix: string,
  requests: readonly ProvisioningRequest[],
): Promise<PreviewedClient[]> {
  await requireWorkers(client, prefix);
  return await Promise.all(requests.map(async (request) => await previewOne(client, prefix, request)));
}

async function previewOne(client: Client, taskQueue: string, request: ProvisioningRequest): Promise<PreviewedClient> {
  const { workflowType, args, ...options } = clientPreviewStart(request, randomUUID());
  try {
    const handle = await client.workflow.start(workflowType, { ...options, args: [...args], taskQueue });
    const result = async (signal: AbortSignal): Promise<unknown> =>
      await client.withAbortSignal(signal, async () => await handle.result());
    const found = await whileWorked(result, async () => await requireWorkers(client, taskQueue), times);
    return { request, preview: found as ClientPreview };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { request, failure: failedEnd(error) };
  }
}
