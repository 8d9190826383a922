/** What a request would change, client by client, without changing anything. */

import { randomUUID } from 'node:crypto';
import { clientTitle } from '../domain/client-names.ts';
import { failureOf } from '../domain/failures.ts';
import { clientPreviewStart } from '../domain/provisioning.ts';
import type { ClientPreview, ProvisioningRequest } from '../domain/provisioning.ts';
import { openClientsProgress } from './clients-progress.ts';
import type { ClientsProgress } from './clients-progress.ts';
import { isTemporalTrouble, unreachable } from './connect.ts';
import { eachClient, notStartedExitCode } from './each-client.ts';
import type { NotStarted } from './each-client.ts';
import type { FollowSettings } from './following-clients.ts';
import { interruptedExitCode } from './interruption.ts';
import { failedEnd } from './run-end.ts';
import type { FailedEnd } from './run-end.ts';
import { answerOf } from './short-run.ts';
import type { ShortRuns } from './short-run.ts';
import { checkTime, requireWorkers } from './workers.ts';

export type PreviewEnd =
  | { readonly state: 'planned'; readonly preview: ClientPreview }
  | FailedEnd
  /** The command was interrupted before there was a plan. */
  | { readonly state: 'left' }
  | NotStarted;

export type PreviewedClient = { readonly request: ProvisioningRequest; readonly end: PreviewEnd };

export type PreviewSettings = Pick<FollowSettings, 'client' | 'prefix' | 'output' | 'signal'> &
  Required<Pick<FollowSettings, 'parallel' | 'verbose'>>;

/** Plans every request, some at a time. Fails with NO_WORKER when there are no workers to begin with. */
export async function previewClients(
  requests: readonly ProvisioningRequest[],
  { client, prefix, output, signal, parallel, verbose }: PreviewSettings,
): Promise<PreviewedClient[]> {
  await requireWorkers(client, prefix);
  const progress = openClientsProgress(output, { total: requests.length, verbose });
  try {
    const check = async () => await requireWorkers(client, prefix, checkTime);
    const work = async (request: ProvisioningRequest) =>
      await previewOne({ client, prefix, signal: AbortSignal.any([signal]) }, request, progress);
    const previews = await eachClient(requests, { parallel, signal, check }, work);
    return requests.map((request, index) => {
      const previewed = previews[index] ?? { state: 'not-started' };
      return 'end' in previewed ? previewed : { request, end: previewed };
    });
  } finally {
    progress.close();
  }
}

/** An error on the way is the end of this one, and leaves the others alone. */
async function previewOne(
  runs: Omit<ShortRuns, 'say'>,
  request: ProvisioningRequest,
  progress: ClientsProgress,
): Promise<PreviewedClient> {
  const name = clientTitle(request.client);
  let end: PreviewEnd;
  progress.begin(name);
  try {
    const say = (line: string) => progress.say(name, line);
    const preview = await answerOf<ClientPreview>({ ...runs, say }, clientPreviewStart(request, randomUUID()));
    end = { state: 'planned', preview };
  } catch (error) {
    if (runs.signal?.aborted) end = { state: 'left' };
    else end = failedEnd(isTemporalTrouble(error) ? unreachable(error) : error);
  }
  progress.end(name, previewOutcome(end), end.state !== 'planned');
  return { request, end };
}

/** The end in a word, with its code where there is one. */
export function previewOutcome(end: PreviewEnd): string {
  if (end.state === 'planned') return end.preview.steps.length > 0 ? 'to change' : 'unchanged';
  return end.state === 'failed' ? `failed [${end.code}]` : end.state;
}

/** What the command exits with for one client, changes apart. */
export function previewExitCode(end: PreviewEnd): number {
  if (end.state === 'planned') return 0;
  if (end.state === 'left') return interruptedExitCode;
  return end.state === 'failed' ? failureOf(end.code).exitCode : notStartedExitCode(end);
}
