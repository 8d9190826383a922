/** Runs that answer within minutes, and change nothing or little: started, waited for, and their failure made a refusal. */

import { setTimeout as wait } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { ProvisioningPace } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import { keyedTrying } from './narration.ts';
import { failedEnd } from './run-end.ts';
import { lastingIn } from './trying.ts';
import { requireWorkers } from './workers.ts';

export type ShortRuns = {
  readonly client: Client;
  /** Task queues are named after it. */
  readonly prefix: string;
  /** Hears what is refused again and again, once for each reason. */
  readonly say: (line: string) => void;
  /** Nobody waits any more. */
  readonly signal?: AbortSignal;
  readonly times?: Times;
};

/** Milliseconds between two looks at a run, and for which nobody asks whether there are workers. */
type Times = { readonly pause: number; readonly patience: number };

const usual: Times = { pause: 5_000, patience: 120_000 };

type Start = {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly workflowIdConflictPolicy: 'FAIL';
  readonly args: readonly [{ readonly pace: ProvisioningPace }];
  readonly staticSummary?: string;
};

/** The run's result. Fails as the run does, or with NO_WORKER. */
export async function resultOf<T>(runs: ShortRuns, start: Start): Promise<T> {
  await requireWorkers(runs.client, runs.prefix);
  try {
    return await answerOf<T>(runs, start);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { code, message, findings } = failedEnd(error);
    throw new Refusal(code, message, { findings });
  }
}

/** The same, with errors of Temporal as they are, and NO_WORKER only when the workers left meanwhile. */
export async function answerOf<T>(runs: ShortRuns, start: Start): Promise<T> {
  const { client, prefix, say, signal, times = usual } = runs;
  const { workflowType, args, ...options } = start;
  const signals = signal ? [signal] : [];
  const handle = await client.withAbortSignal(
    AbortSignal.any(signals),
    async () => await client.workflow.start(workflowType, { ...options, args: [...args], taskQueue: prefix }),
  );
  const told = new Set<string>();
  const begun = Date.now();
  const look = async () => {
    for (const [key, line] of keyedTrying(await lastingIn(handle, args[0]).catch(() => []))) {
      // Several steps at one time may be refused in the same words.
      if (!told.has(key) && !told.has(line)) say(line);
      told.add(key).add(line);
    }
    if (Date.now() - begun >= times.patience) await requireWorkers(client, prefix);
  };
  const result = async (over: AbortSignal): Promise<unknown> =>
    await client.withAbortSignal(AbortSignal.any([...signals, over]), async () => await handle.result());
  return (await whileWorked(result, look, times.pause)) as T;
}

/**
 * Resolves to the result of the work, which is looked at every `pause` (milliseconds). Fails as a look does, and then the
 * work's signal is aborted.
 */
export async function whileWorked<T>(
  work: (signal: AbortSignal) => Promise<T>,
  look: () => Promise<void>,
  pause: number,
): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([work(over.signal), lookedAt(look, pause, over.signal)]);
  } finally {
    over.abort();
  }
}

async function lookedAt(look: () => Promise<void>, pause: number, signal: AbortSignal): Promise<never> {
  for (;;) {
    await wait(pause, undefined, { signal });
    await look();
  }
}
