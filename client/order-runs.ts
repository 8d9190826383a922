/** Orders of admin clients carried out, for `onboard` and `rotate-certificate`; the demo and the tests take the same path. */

import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Finding } from '../domain/failures.ts';
import { phasesOf } from '../domain/rotation.ts';
import { adminClientWorkflowId } from '../domain/names.ts';
import { Refusal } from '../domain/refusal.ts';
import { statusQuery, submitCertificateUpdate, submitKeyUpdate } from '../workflows/messages.ts';
import type { RunStatus, WrappedKeySubmission } from '../workflows/messages.ts';
import type { Typed } from './awaiting.ts';
import { isTemporalTrouble, unreachable } from './connect.ts';
import { failureLines } from './failure.ts';
import { follow } from './follow.ts';
import type { ImportJobReader } from './import-job.ts';
import { forgetKeys } from './orders.ts';
import type { Order } from './orders.ts';
import { runLink } from './links.ts';
import { createNarrator } from './narration.ts';
import type { Output } from './output.ts';
import { placed, untold } from './placed-findings.ts';
import { openProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { exitCodeOf, failedEnd, worstExitCode } from './run-end.ts';
import type { ClientRun, RunEnd } from './run-end.ts';
import { runningWords } from './already-running.ts';
import { otherContents, startOrAttach } from './start.ts';
import type { Started } from './start.ts';
import { createSubmitter } from './submission.ts';
import type { Submitter } from './submission.ts';
import { tryingIn } from './trying.ts';
import { sendUpdate } from './update.ts';
import { requireWorkers } from './workers.ts';

export type OrderSettings = {
  /** As `readOrders` gives them. The private keys are zeroed at the end. */
  readonly orders: readonly Order[];
  readonly client: Client;
  readonly prefix: string;
  /** Address of the Temporal UI, where it is known. */
  readonly ui?: string;
  /** KMS as the caller may see it; asked for when a key is awaited. */
  readonly kms: () => Promise<ImportJobReader>;
  readonly output: Output;
  /** Whether to stay when a person is awaited. */
  readonly wait: boolean;
  /** Whether to stay in the soak of a rotation too, until the old key is retired. */
  readonly stay?: boolean;
  /** Leaves the runs to themselves when aborted. */
  readonly signal?: AbortSignal;
  /** What was found in the inputs, and told: it is not told again when the run finds it too. */
  readonly told?: readonly Finding[];
  /** What the commands need that people are told to type. */
  readonly typed?: Typed;
  /** Milliseconds between two looks at a run; 500 when absent. */
  readonly pause?: number;
};

export type OrderRuns = {
  readonly exitCode: number;
  readonly runs: readonly ClientRun[];
};

/**
 * Starts or joins one run per admin client, hands in keys, and follows all runs to their end. Says what happens on stderr
 * and writes nothing to stdout. Throws a `Refusal` when nothing could be started at all.
 */
export async function runOrders(settings: OrderSettings): Promise<OrderRuns> {
  const { orders, client, prefix, output } = settings;
  try {
    await requireWorkers(client, prefix);
    const kinds = orders.map(({ request }) => request.kind);
    const [phases = []] = orders.map(({ request }) => phasesOf(request));
    const progress = await openProgress(output, kinds, phases);
    try {
      const runs = await Promise.all(orders.map(async (order) => await runOne(order, settings, progress)));
      return { exitCode: worstExitCode(runs.map(({ exitCode }) => exitCode)), runs };
    } finally {
      await progress.close();
    }
  } finally {
    forgetKeys(orders);
  }
}

/** One client's run, from start to end; an error on the way is its end, and leaves the others alone. */
async function runOne(order: Order, settings: OrderSettings, progress: Progress): Promise<ClientRun> {
  const { kind } = order.request;
  const workflowId = adminClientWorkflowId(order.request);
  const report = (end: RunEnd, started?: Started): ClientRun => {
    const run = started && { runId: started.runId, ...linkOf(settings, workflowId, started.runId) };
    return { kind, workflowId, ...run, attached: started?.attached !== undefined, exitCode: exitCodeOf(end), end };
  };
  let started: Started | undefined;
  let end: RunEnd;
  try {
    started = await startOrAttach(settings.client, settings.prefix, order.request, settings.typed?.options);
    const { link } = linkOf(settings, workflowId, started.runId);
    progress.say(kind, `${started.attached ? 'joins the running' : 'started'} ${workflowId}${link ? `: ${link}` : ''}`);
    end = await followOne(order, started, settings, progress);
  } catch (error) {
    end = isTemporalTrouble(error) ? failedEnd(unreachable(error)) : failedEnd(error);
  }
  if (end.state === 'failed') end = { ...end, findings: placed(end.findings, order) };
  for (const line of endLines(end)) progress.say(kind, line);
  progress.finish(
    kind,
    exitCodeOf(end) === 0 ? 'well' : end.state === 'failed' || end.state === 'ended' ? 'badly' : 'waiting',
  );
  return report(end, started);
}

const linkOf = ({ client, ui }: OrderSettings, workflowId: string, runId: string): { link?: string } =>
  ui ? { link: runLink(ui, client.options.namespace, workflowId, runId) } : {};

async function followOne(order: Order, started: Started, settings: OrderSettings, progress: Progress): Promise<RunEnd> {
  const { kind } = order.request;
  const { client, signal, pause, told = [], typed } = settings;
  const submitter = submitterOf(order, started.handle, settings, (line) => progress.say(kind, line, 'custody'));
  const narrator = createNarrator((line, phase) => progress.say(kind, line, phase), submitter !== undefined, typed);
  const news = <T extends { readonly notices: readonly Finding[] }>(said: T): T => ({
    ...said,
    notices: untold(said.notices, order, told),
  });
  const look = async (status: RunStatus): Promise<RunEnd | undefined> => {
    const different = started.attached && otherContents(order.request, order.certificate, status);
    if (started.attached && different) {
      throw new Refusal(
        'WORKFLOW_OTHER_INPUT',
        `it differs in: ${different}; ${runningWords(started.attached, status, typed?.options ?? '')}`,
      );
    }
    if (status.phase !== 'ended') progress.enter(kind, status.phase);
    narrator.status(news(status));
    if (status.phase !== 'ended' && isTrying(status)) {
      // It is asked again soon, so that a moment without an answer is nothing to tell of.
      narrator.trying(await tryingIn(started.handle, status).catch(() => []), status.phase);
    }
    return await answer(status, order, started.handle, submitter, settings);
  };
  const silence = (silent: boolean) =>
    progress.say(
      kind,
      silent ? 'nobody answers at present (no worker, or no Temporal); still trying' : 'answers again',
    );
  const options = { client, handle: started.handle, query: statusQuery, look, silence };
  const end = await follow({ ...options, ...(pause === undefined ? {} : { pause }), ...(signal ? { signal } : {}) });
  submitter?.forget();
  if (end.state === 'ended') narrator.result(news(end.result));
  return end;
}

/** A step is under way that waits for no person. */
const isTrying = ({ steps, awaiting }: RunStatus): boolean =>
  !awaiting && steps.some(({ state }) => state === 'running');

function submitterOf(
  { request, certificate, pkcs8 }: Order,
  handle: WorkflowHandle,
  { kms }: OrderSettings,
  say: (line: string) => void,
): Submitter | undefined {
  if (!certificate || !pkcs8) return undefined;
  const own = { google: request.google, subject: request, certificate, pkcs8, submittedBy: request.requestedBy };
  const send = async (submission: WrappedKeySubmission) => await sendUpdate(handle, submitKeyUpdate, submission);
  return createSubmitter({ ...own, kms, send, say });
}

/** Does what the run waits for, where that is for this command to do; else leaves, when it was told not to wait. */
async function answer(
  { awaiting, resources }: RunStatus,
  order: Order,
  handle: WorkflowHandle,
  submitter: Submitter | undefined,
  { wait, stay = false }: OrderSettings,
): Promise<RunEnd | undefined> {
  if (awaiting?.what === 'wrapped-key' && submitter) {
    await submitter.submit(awaiting);
    return undefined;
  }
  if (awaiting?.what === 'certificate' && order.request.chain !== undefined) {
    await handIn(order.request, handle);
    return undefined;
  }
  if (awaiting?.what === 'soak') {
    return stay ? undefined : { state: 'soaking', awaiting, ...(resources ? { resources } : {}) };
  }
  return awaiting && !wait ? { state: 'waiting', awaiting } : undefined;
}

const comeBack = 'the run goes on; the same command joins it again';

function endLines(end: RunEnd): string[] {
  if (end.state === 'failed') return failureLines(end);
  return end.state === 'ended' ? [] : [comeBack];
}

/** Hands in the certificate that the run waits for. Fails with what is wrong with it. */
async function handIn({ chain, requestedBy }: Order['request'], handle: WorkflowHandle): Promise<void> {
  const answer = await sendUpdate(handle, submitCertificateUpdate, { chain, submittedBy: requestedBy });
  // Somebody else was faster; whether theirs is the same shows in the next status.
  if (answer.outcome === 'accepted' || answer.code === 'SUBMISSION_NOT_AWAITED') return;
  const { code = 'CERTIFICATE_MISSING', message, findings = [] } = answer;
  throw new Refusal(code, message, { findings });
}
