/** Ctrl-C and SIGTERM for commands that have something to end in order. */

export type Interruption = {
  /** Aborts at the first of the signals. */
  readonly signal: AbortSignal;
  /** Resolves when `signal` aborts. */
  readonly happened: Promise<void>;
};

const signals = ['SIGINT', 'SIGTERM'] as const;

/** A terminal sends Ctrl-C to npm and to what it runs, and npm hands its own on: within this time it is the same one. */
const echo = 1_000;

/**
 * Listens from now on. One signal asks for an orderly end, and `say` hears that it was understood; a later one ends the
 * process at once, as it always does.
 */
export function interruption(say: (line: string) => void): Interruption {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const leave = () => {
    if (stop.signal.aborted) return;
    say('Stopping …');
    stop.abort();
    resolve();
    setTimeout(() => signals.forEach((signal) => process.off(signal, leave)), echo).unref();
  };
  // Not `once`: what restores the cursor ends the process when it finds itself the only listener.
  for (const signal of signals) process.on(signal, leave);
  return { signal: stop.signal, happened: promise };
}

/** As the shell has it: 128 + SIGINT. */
export const interruptedExitCode = 130;

/**
 * What `work` resolves to; `exitCode` when it rejects after a signal, since the same Ctrl-C may reach, and break, what is
 * only being started: that is the end that was asked for.
 */
export async function endsWith(exitCode: number, { signal }: Interruption, work: () => Promise<number>) {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) return exitCode;
    throw error;
  }
}

/** Does work that goes on elsewhere: Ctrl-C aborts its signal, by which it leaves, instead of ending the process. */
export async function leavingOnInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const leave = () => interrupted.abort();
  // Not `once`: what restores the cursor ends the process when it finds itself the only listener.
  process.on('SIGINT', leave);
  try {
    return await work(interrupted.signal);
  } finally {
    process.off('SIGINT', leave);
  }
}
