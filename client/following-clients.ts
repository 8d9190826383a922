/** Having requests carried out: each client's is sent to its run, and followed until that says what became of it. */

import type { Client } from '@temporalio/client';
import { clientTitle, oauthClientWorkflowId } from '../domain/client-names.ts';
import { failureOf } from '../domain/failures.ts';
import { declaredSpec, isPartial } from '../domain/provisioning.ts';
import type { OperationEnd, ProvisioningRequest, ProvisioningResult } from '../domain/provisioning.ts';
import { clientStatusQuery } from '../workflows/messages.ts';
import type { AwaitedDecision, ClientRunStatus } from '../workflows/messages.ts';
import { createClientNarrator } from './client-narration.ts';
import { openClientsProgress } from './clients-progress.ts';
import type { ClientsProgress } from './clients-progress.ts';
import { isTemporalTrouble, unreachable } from './connect.ts';
import { defaultParallel, eachClient, notStartedExitCode } from './each-client.ts';
import type { NotStarted } from './each-client.ts';
import { follow } from './follow.ts';
import { interruptedExitCode } from './interruption.ts';
import { runLink } from './links.ts';
import type { Output } from './output.ts';
import { ask, endIn } from './provision.ts';
import type { Asked } from './provision.ts';
import { failedEnd, partlyExitCode, waitingExitCode } from './run-end.ts';
import type { FailedEnd } from './run-end.ts';
import { lastingIn } from './trying.ts';
import { checkTime, requireWorkers } from './workers.ts';

type ClientEnd =
  | { readonly state: 'ended'; readonly result: OperationEnd }
  | FailedEnd
  /** The request waits for people, and its run goes on without the command. */
  | { readonly state: 'waiting'; readonly awaiting: AwaitedDecision }
  /** The run took the request in, and goes on without the command, which was told not to wait. */
  | { readonly state: 'accepted' }
  /** The run goes on without the command, which was interrupted. */
  | { readonly state: 'left' }
  | NotStarted;

export type FollowedClient = {
  /** `namespace/name`. */
  readonly client: string;
  readonly workflowId: string;
  readonly runId?: string;
  /** Its page in the Temporal UI. */
  readonly link?: string;
  /** `file:line:column` of its declaration, where it has one. */
  readonly where?: string;
  readonly exitCode: number;
  readonly end: ClientEnd;
};

export type FollowSettings = {
  readonly client: Client;
  readonly prefix: string;
  /** Address of the Temporal UI, where it is known. */
  readonly ui?: string;
  readonly output: Output;
  /** Whether to stay until the requests are carried out: where there are several, but for those that wait for people. */
  readonly wait: boolean;
  /** Leaves the runs to themselves when aborted. */
  readonly signal: AbortSignal;
  /** How many clients are at work at one time; 8 when absent. */
  readonly parallel?: number;
  /** Whether each step is told, however many clients there are. */
  readonly verbose?: boolean;
  /** Options by which further commands that are told find Temporal, each with a space before it. */
  readonly connection?: string;
};

/**
 * Sends the requests, some at a time, and follows each. Says what happens on stderr. Fails with NO_WORKER before anything
 * is sent; after that every request has an end, in their order, and none is missing.
 */
export async function carryOut(
  requests: readonly ProvisioningRequest[],
  settings: FollowSettings,
): Promise<FollowedClient[]> {
  const { client, prefix, output, signal, parallel = defaultParallel, verbose = false } = settings;
  await requireWorkers(client, prefix);
  const progress = openClientsProgress(output, { total: requests.length, verbose });
  try {
    const check = async () => await requireWorkers(client, prefix, checkTime);
    // One that waits for people, for days perhaps, keeps neither the others nor the report waiting.
    const waits: Waits = { forEnd: settings.wait, forPeople: settings.wait && requests.length === 1 };
    const work = async (request: ProvisioningRequest) => await carryOutOne(request, settings, waits, progress);
    const followed = new Map<ProvisioningRequest, FollowedClient | NotStarted>();
    for (const wave of wavesOf(requests)) {
      const ends = await eachClient(wave, { parallel, signal, check }, work);
      for (const [index, request] of wave.entries()) followed.set(request, ends[index] ?? { state: 'not-started' });
    }
    return requests.map((request) => followedAs(request, followed.get(request) ?? { state: 'not-started' }));
  } finally {
    progress.close();
  }
}

/** Those that expose scopes go before those that may consume them: of one folder, all can then come about at once. */
function wavesOf(requests: readonly ProvisioningRequest[]): ProvisioningRequest[][] {
  const { first = [], then = [] } = Object.groupBy(requests, ({ operation }) => {
    const spec = declaredSpec(operation);
    return spec?.integrationType === 'maskinporten' && spec.exposes.length > 0 ? 'first' : 'then';
  });
  return [first, then].filter((wave) => wave.length > 0);
}

function followedAs({ client }: ProvisioningRequest, followed: FollowedClient | NotStarted): FollowedClient {
  if ('end' in followed) return followed;
  const workflowId = oauthClientWorkflowId(client);
  return { client: clientTitle(client), workflowId, exitCode: clientExitCode(followed), end: followed };
}

type Waits = { readonly forEnd: boolean; readonly forPeople: boolean };

/** An error on the way is the end of this one, and leaves the others alone. */
async function carryOutOne(
  request: ProvisioningRequest,
  settings: FollowSettings,
  waits: Waits,
  progress: ClientsProgress,
): Promise<FollowedClient> {
  const { client, prefix } = settings;
  // One of its own: what listens to it is gone with it, where the common one would gather all listeners.
  const signal = AbortSignal.any([settings.signal]);
  const workflowId = oauthClientWorkflowId(request.client);
  const name = clientTitle(request.client);
  let run: { runId: string; link?: string } | undefined;
  let end: ClientEnd;
  progress.begin(name);
  try {
    const asked = await client.withAbortSignal(signal, async () => await ask(client, prefix, request));
    run = { runId: asked.runId, ...linkTo(settings, workflowId, asked.runId) };
    const joins = asked.sequence > 1 ? `joins the running ${workflowId} as its request ${asked.sequence}` : undefined;
    progress.say(name, `${joins ?? `started ${workflowId}`}${run.link ? `: ${run.link}` : ''}`);
    // Whether people are waited for is known once there is a plan, and that is soon.
    const follows = waits.forEnd || request.approval?.wide !== undefined;
    end = follows ? await followRequest(name, asked, { ...settings, signal }, waits, progress) : { state: 'accepted' };
  } catch (error) {
    if (signal.aborted) end = { state: 'left' };
    else end = failedEnd(isTemporalTrouble(error) ? unreachable(error) : error);
  }
  const exitCode = clientExitCode(end);
  progress.end(name, outcomeOf(end), exitCode !== 0 && end.state !== 'waiting');
  return { client: name, workflowId, ...run, exitCode, end };
}

const linkTo = ({ client, ui }: FollowSettings, workflowId: string, runId: string): { link?: string } =>
  ui ? { link: runLink(ui, client.options.namespace, workflowId, runId) } : {};

async function followRequest(
  name: string,
  { handle, sequence }: Asked,
  { client, signal, connection = '' }: FollowSettings,
  waits: Waits,
  progress: ClientsProgress,
): Promise<ClientEnd> {
  let accepted = false;
  const narrator = createClientNarrator({ workflowId: handle.workflowId, sequence, connection }, (line) =>
    progress.say(name, line),
  );
  // The run may go on with requests of others; what became of this one is said as soon as it is known.
  const look = async (status: ClientRunStatus) => {
    narrator.status(status);
    const isKnown = status.ends.some((end) => end.sequence === sequence);
    if (isKnown) return { state: 'ended', result: { ends: status.ends } } as const;
    const { asked } = status;
    if (asked?.sequence === sequence && !waits.forPeople)
      return { state: 'waiting', awaiting: asked.awaiting } as const;
    // It is asked again soon, so that a moment without an answer is nothing to tell of.
    if (progress.tells) narrator.trying(await lastingIn(handle, status).catch(() => []));
    accepted = !waits.forEnd && status.current?.sequence === sequence && status.steps.length > 0;
    return accepted ? ({ state: 'left' } as const) : undefined;
  };
  const silence = (silent: boolean) => progress.silence(name, silent);
  const end = await follow<ClientRunStatus, ProvisioningResult>({
    client,
    handle,
    query: clientStatusQuery,
    look,
    silence,
    signal,
    // The end comes by itself. Where no step is told of, looks only find out whether anybody is at work.
    ...(progress.tells ? {} : { delay: unheard, pause: unheard }),
  });
  if (end.state === 'failed') return end;
  if (end.state === 'waiting' && end.awaiting.what === 'decision') return { state: 'waiting', awaiting: end.awaiting };
  if (end.state !== 'ended') return { state: accepted ? 'accepted' : 'left' };
  const result = endIn(end.result, sequence);
  narrator.end(result);
  return { state: 'ended', result };
}

/** Milliseconds between two looks at a run of which nobody hears the steps. */
const unheard = 3_000;

/** What the command exits with for one client. */
export function clientExitCode(end: ClientEnd): number {
  if (end.state === 'left') return interruptedExitCode;
  if (end.state === 'waiting') return waitingExitCode;
  if (end.state === 'accepted') return 0;
  if (end.state === 'not-started') return notStartedExitCode(end);
  if (end.state === 'failed') return failureOf(end.code).exitCode;
  if (isUndone(end.result)) return failureOf(end.result.code ?? 'UNEXPECTED').exitCode;
  return isPartial(end.result) ? partlyExitCode : 0;
}

/** Whether a system refused what was asked, or people or time ended it. */
export const isUndone = ({ outcome, code }: OperationEnd): boolean => outcome === 'refused' || code !== undefined;

/** The end in a word, with its code where there is one. */
export function outcomeOf(end: ClientEnd): string {
  if (end.state === 'ended') {
    const { outcome, code } = end.result;
    return isUndone(end.result) ? `${outcome} [${code ?? 'UNEXPECTED'}]` : outcome;
  }
  return end.state === 'failed' ? `failed [${end.code}]` : end.state;
}
