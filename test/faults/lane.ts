/** A lane: what runs that follow each other share, since each costs a second: two worker processes, and a server to kill. */

import { startTemporal } from '../../local/temporal/server.ts';
import type { LocalTemporal } from '../../local/temporal/server.ts';
import { spawnWorkerProcess } from './worker-process.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { Job } from './worker-messages.ts';

export type Lane = {
  /** Starts the worker of a run; resolves when it polls. */
  host(job: Job): Promise<void>;
  /** Starts a second worker in another process. */
  hostBeside(job: Job): Promise<void>;
  /** Kills the process of the run's worker; resolves when it is gone, and another one takes over at once. */
  killWorker(): Promise<void>;
  /** The lane's own server, started when it is first asked for. */
  ownTemporal(): Promise<LocalTemporal>;
  /** Ends the workers of the run; the processes stay for the next one. */
  endRun(): Promise<void>;
  close(): Promise<void>;
};

/** The folder is for the lane's server, `cache` for compiled code. */
export function openLane(folder: string, cache: string): Lane {
  let acting = spawnWorkerProcess(cache);
  let spare = spawnWorkerProcess(cache);
  let job: Job | undefined;
  let takingOver = Promise.resolve();
  const hosting = new Set<WorkerProcess>();
  let server: Promise<LocalTemporal> | undefined;

  async function start(process: WorkerProcess, job: Job): Promise<void> {
    hosting.add(process);
    await process.start(job);
  }

  return {
    async host(wanted) {
      job = wanted;
      await start(acting, wanted);
    },
    hostBeside: (wanted) => start(spare, wanted),
    async killWorker() {
      if (!job) throw new Error('No worker runs in this lane.');
      await acting.kill();
      hosting.delete(acting);
      acting = spare;
      spare = spawnWorkerProcess(cache);
      takingOver = start(acting, job);
      // Told by `endRun`, which may be long after.
      takingOver.catch(() => {});
    },
    ownTemporal: () => (server ??= startTemporal({ folder })),
    async endRun() {
      await takingOver;
      await Promise.all([...hosting].map((process) => process.stop()));
      hosting.clear();
      job = undefined;
    },
    async close() {
      await Promise.all([acting.kill(), spare.kill(), server?.then((running) => running.close())]);
    },
  };
}
