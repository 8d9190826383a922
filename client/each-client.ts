/** The same for each of many clients, a few at a time, for as long as Temporal is there to do it. */

import { failureOf } from '../domain/failures.ts';
import type { FailureCode } from '../domain/failures.ts';
import { Refusal } from '../domain/refusal.ts';
import { numberOption } from './call.ts';
import type { Call } from './call.ts';
import { isTemporalTrouble } from './connect.ts';
import { interruptedExitCode } from './interruption.ts';
import { inLanes } from '../domain/lanes.ts';

/** The client's turn never came: the command was interrupted, or Temporal was in this trouble. */
export type NotStarted = { readonly state: 'not-started'; readonly code?: FailureCode };

export const notStartedExitCode = ({ code }: NotStarted): number =>
  code === undefined ? interruptedExitCode : failureOf(code).exitCode;

/** What a person is told of it. */
export function notStartedLine({ code }: NotStarted): string {
  if (code === undefined) return 'not started, as the command was interrupted';
  const { title, remedy } = failureOf(code);
  return `not started. ${title}. ${remedy} [${code}]`;
}

type Settings = {
  /** How many clients have their turn at one time. */
  readonly parallel: number;
  /** No other client has its turn once it is aborted. */
  readonly signal: AbortSignal;
  /** Fails when Temporal is away or nobody does its work. */
  readonly check: () => Promise<void>;
};

type Ended = { readonly end: { readonly state: string; readonly code?: FailureCode } };

/** Clients in a row that Temporal's trouble befalls before the others are spared it, where `parallel` is less. */
const enough = 3;

/**
 * Resolves to what became of each item, in their order; `work` is not to fail. When Temporal's trouble ends one of them,
 * the others have their turn as long as the check is passed, and not everyone in a row is befallen: the trouble may be
 * over, or that one's own.
 */
export async function eachClient<Item, Result extends Ended>(
  items: readonly Item[],
  { parallel, signal, check }: Settings,
  work: (item: Item) => Promise<Result>,
): Promise<(Result | NotStarted)[]> {
  let befallen = 0;
  let trouble: FailureCode | undefined;
  const heed = async (result: Ended): Promise<void> => {
    const code = troubleOf(result);
    befallen = code ? befallen + 1 : 0;
    if (!code) return;
    if (befallen >= Math.max(parallel, enough)) trouble ??= code;
    else trouble ??= await found(check);
  };
  const results = await inLanes(
    items,
    parallel,
    async (item) => {
      const result = await work(item);
      await heed(result);
      return result;
    },
    () => signal.aborted || trouble !== undefined,
  );
  const others: NotStarted = { state: 'not-started', ...(trouble ? { code: trouble } : {}) };
  return results.map((result) => result ?? others);
}

function troubleOf({ end: { state, code } }: Ended): FailureCode | undefined {
  return state === 'failed' && (code === 'TEMPORAL_UNREACHABLE' || code === 'NO_WORKER') ? code : undefined;
}

async function found(check: () => Promise<void>): Promise<FailureCode | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    return isTemporalTrouble(error) ? 'TEMPORAL_UNREACHABLE' : 'UNEXPECTED';
  }
}

export const defaultParallel = 8;
/** What a server on a small machine still answers in time. */
const mostParallel = 50;

/** `--parallel`. Throws USAGE when it is out of bounds. */
export function parallelOption(call: Call): number {
  const parallel = numberOption(call, 'parallel') ?? defaultParallel;
  if (parallel <= mostParallel) return parallel;
  throw new Refusal('USAGE', `--parallel is at most ${mostParallel}, not ${parallel}`);
}
