/** Following a run until it ends, or until whoever looks at its status has seen enough. */

import { setTimeout as wait } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { statusQuery } from '../workflows/messages.ts';
import type { RunStatus } from '../workflows/messages.ts';
import { isTemporalTrouble } from './connect.ts';
import { failedEnd } from './run-end.ts';
import type { RunEnd } from './run-end.ts';

export type Following<Status, Result> = {
  readonly client: Client;
  readonly handle: WorkflowHandle;
  /** What the run answers with its status. */
  readonly query: QueryDefinition<Status>;
  /** Sees every status; following ends with what it returns. */
  readonly look: (status: Status) => Promise<RunEnd<Result> | undefined>;
  /** Hears, once each time, that nobody answers at present, and that somebody does again. */
  readonly silence: (silent: boolean) => void;
  /** Milliseconds between two looks; 500 when absent. */
  readonly pause?: number;
  /** Milliseconds before the first look; none when absent. */
  readonly delay?: number;
  /** Leaves the run to itself when aborted. */
  readonly signal?: AbortSignal;
};

/** Milliseconds to wait for the answer to one status query. */
const answerTime = 5_000;
/** Milliseconds that looks in a row may go unanswered before the command gives up: enough for a worker's roll-out. */
const patience = 600_000;

/** Resolves to the run's end, or to what `look` made of it. Fails when Temporal stays away. */
export async function follow<Status, Result>(following: Following<Status, Result>): Promise<RunEnd<Result>> {
  const { client, handle, query, look, silence, pause = 500, delay = 0, signal } = following;
  const enough = new AbortController();
  const left = new Promise<RunEnd<Result>>((resolve) => {
    signal?.addEventListener('abort', () => resolve({ state: 'left' }), { once: true });
    if (signal?.aborted) resolve({ state: 'left' });
  });
  const over = Promise.race([left, endOfRun<Result>(client, handle, enough.signal)]);
  const looking = lookUntil({ client, handle, query, look, silence, pause, delay, signal: enough.signal });
  try {
    return await Promise.race([over, looking]);
  } finally {
    enough.abort();
    await looking.catch(() => undefined);
  }
}

/** How the run ended. Keeps waiting while the server is away: the looks decide when to give up. */
export async function endOfRun<Result>(
  client: Client,
  handle: WorkflowHandle,
  signal: AbortSignal,
): Promise<RunEnd<Result>> {
  for (;;) {
    try {
      const result: unknown = await client.withAbortSignal(signal, async () => await handle.result());
      return { state: 'ended', result: result as Result };
    } catch (error) {
      if (error instanceof WorkflowFailedError) return failedEnd(error);
      if (signal.aborted) return { state: 'left' };
      if (!isTemporalTrouble(error)) throw error;
      await wait(1_000);
    }
  }
}

async function lookUntil<Status, Result>(looking: Required<Following<Status, Result>>): Promise<RunEnd<Result>> {
  const { client, handle, query, look, silence, pause, delay, signal } = looking;
  let unanswered = 0;
  if (delay > 0) await wait(delay, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    const status = await client
      .withAbortSignal(signal, async () => await answered(client, handle, query))
      .catch((error: unknown) => {
        if (signal.aborted) return;
        unanswered += 1;
        if (unanswered === 2) silence(true);
        if (unanswered * (answerTime + pause) >= patience) throw error;
      });
    if (signal.aborted) break;
    if (status) {
      if (unanswered >= 2) silence(false);
      unanswered = 0;
      const seen = await look(status);
      if (seen) return seen;
    }
    await wait(pause, undefined, { signal }).catch(() => undefined);
  }
  return { state: 'left' };
}

/** Asks the run for its status; needs a worker, and fails after some seconds when there is none. */
export async function readStatus(client: Client, handle: WorkflowHandle): Promise<RunStatus> {
  return await answered(client, handle, statusQuery);
}

/** The same for any run, by the query that it answers with its status. */
export async function answered<Status>(
  client: Client,
  handle: WorkflowHandle,
  query: QueryDefinition<Status>,
): Promise<Status> {
  return await client.withDeadline(Date.now() + answerTime, async () => await handle.query(query));
}
