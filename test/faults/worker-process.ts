/** A process that hosts a worker, and can be killed. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Job, Order, Report } from './worker-messages.ts';

export type WorkerProcess = {
  /** Resolves when the worker polls. */
  start(job: Job): Promise<void>;
  /** Resolves when the worker has ended; the process goes on and may start another. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
};

/** Code that is compiled once is kept in `cache`, which halves the time that a replacement takes to start. */
export function spawnWorkerProcess(cache: string): WorkerProcess {
  const child = fork(join(import.meta.dirname, 'worker-entry.ts'), {
    execArgv: [],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  const gone = once(child, 'exit');

  async function order(order: Order): Promise<void> {
    const answer = once(child, 'message');
    // That the process is gone is told below.
    child.send(order, () => {});
    const [report] = (await Promise.race([answer, gone.then(() => [lost])])) as [Report];
    if (!report.done) throw new Error(`The worker process could not ${order.order}: ${report.reason}`);
  }

  return {
    start: (job) => order({ order: 'start', job }),
    stop: () => order({ order: 'stop' }),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

const lost: Report = { done: false, reason: 'it has ended' };
