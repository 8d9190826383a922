/** Having requests carried out: each client's is sent to its run, and followed until that says what became of it. */

import type { Client } from '@temporalio/client';
import { clientTitle, oauthClientWorkflowId } from '../domain/client-names.ts';
import { failureOf } from '../domain/failures.ts';
import type { OperationEnd, ProvisioningRequest, ProvisioningResult } from '../domain/provisioning.ts';
import { clientStatusQuery } from '../workflows/messages.ts';
import type { ClientRunStatus } from '../workflows/messages.ts';
import { createClientNarrator } from './client-narration.ts';
import { isTemporalTrouble, unreachable } from './connect.ts';
import { follow } from './follow.ts';
import { interruptedExitCode } from './interruption.ts';
import { runLink } from './links.ts';
import type { Output } from './output.ts';
import { ask, endIn } from './provision.ts';
import type { Asked } from './provision.ts';
import { failedEnd } from './run-end.ts';
import type { FailedEnd } from './run-end.ts';
import { requireWorkers } from './workers.ts';

type ClientEnd =
  | { readonly state: 'ended'; readonly result: OperationEnd }
  | FailedEnd
  /** The run took the request in, and goes on without the command, which was told not to wait. */
  | { readonly state: 'accepted' }
  /** The run goes on without the command, which was interrupted. */
  | { readonly state: 'left' };

export type FollowedClient = {
  /** `namespace/name`. */
  readonly client: string;
  readonly workflowId: string;
  readonly runId?: string;
  /** Its page in the Temporal UI. */
  readonly link?: string;
  readonly exitCode: number;
  readonly end: ClientEnd;
};

export type FollowSettings = {
  readonly client: Client;
  readonly prefix: string;
  /** Address of the Temporal UI, where it is known. */
  readonly ui?: string;
  readonly output: Output;
  /** Whether to stay until the requests are carried out. */
  readonly wait: boolean;
  /** Leaves the runs to themselves when aborted. */
  readonly signal: AbortSignal;
};

/** Sends all requests and follows them. Says what happens on stderr. Fails with NO_WORKER before anything is sent. */
export async function carryOut(
  requests: readonly ProvisioningRequest[],
  settings: FollowSettings,
): Promise<FollowedClient[]> {
  await requireWorkers(settings.client, settings.prefix);
  return await Promise.all(requests.map(async (request) => await carryOutOne(request, settings)));
}

/** An error on the way is the end of this one, and leaves the others alone. */
async function carryOutOne(request: ProvisioningRequest, settings: FollowSettings): Promise<FollowedClient> {
  const { client, prefix, output, wait, signal } = settings;
  const workflowId = oauthClientWorkflowId(request.client);
  const name = clientTitle(request.client);
  const say = (line: string) => output.say(`${name}: ${line}`);
  let run: { runId: string; link?: string } | undefined;
  let end: ClientEnd;
  try {
    const asked = await client.withAbortSignal(signal, async () => await ask(client, prefix, request));
    run = { runId: asked.runId, ...linkTo(settings, workflowId, asked.runId) };
    const joins = asked.sequence > 1 ? `joins the running ${workflowId} as its request ${asked.sequence}` : undefined;
    say(`${joins ?? `started ${workflowId}`}${run.link ? `: ${run.link}` : ''}`);
    end = wait ? await followRequest(asked, settings, say) : { state: 'accepted' };
  } catch (error) {
    if (signal.aborted) end = { state: 'left' };
    else end = failedEnd(isTemporalTrouble(error) ? unreachable(error) : error);
  }
  return { client: name, workflowId, ...run, exitCode: clientExitCode(end), end };
}

const linkTo = ({ client, ui }: FollowSettings, workflowId: string, runId: string): { link?: string } =>
  ui ? { link: runLink(ui, client.options.namespace, workflowId, runId) } : {};

async function followRequest(
  { handle, sequence }: Asked,
  { client, signal }: FollowSettings,
  say: (line: string) => void,
): Promise<ClientEnd> {
  const narrator = createClientNarrator(sequence, say);
  // The run may go on with requests of others; what became of this one is said as soon as it is known.
  const look = async (status: ClientRunStatus) => {
    narrator.status(status);
    const isKnown = status.ends.some((end) => end.sequence === sequence);
    return isKnown ? ({ state: 'ended', result: { ends: status.ends } } as const) : undefined;
  };
  const silence = (silent: boolean) =>
    say(silent ? 'nobody answers at present (no worker, or no Temporal); still trying' : 'answers again');
  const end = await follow<ClientRunStatus, ProvisioningResult>({
    client,
    handle,
    query: clientStatusQuery,
    look,
    silence,
    signal,
  });
  if (end.state === 'failed') return end;
  if (end.state !== 'ended') return { state: 'left' };
  const result = endIn(end.result, sequence);
  narrator.end(result);
  return { state: 'ended', result };
}

/** What the command exits with for one client. */
export function clientExitCode(end: ClientEnd): number {
  if (end.state === 'left') return interruptedExitCode;
  if (end.state === 'accepted') return 0;
  if (end.state === 'failed') return failureOf(end.code).exitCode;
  return end.result.outcome === 'refused' ? failureOf(end.result.code ?? 'UNEXPECTED').exitCode : 0;
}
