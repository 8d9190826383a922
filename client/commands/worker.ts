/** `digdir worker`: the worker, as `npm run worker` starts it. */

/** Runs until the process is told to end; the exit code is the one that the worker sets. */
export async function worker(): Promise<number> {
  await import('../../worker/main.ts');
  return Number(process.exitCode ?? 0);
}
