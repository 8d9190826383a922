/** Processes that outlive their parent: telling them apart, ending them, and seeing that they do not. */
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Resolves to when the process started, in this system's own terms, or to undefined when there is no such process (or
 * only its exit status is left). Number and start together name a process; a number alone is given again.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return await startFromProc(pid);
  if (process.platform === 'win32') return undefined;
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() || undefined;
}

/** proc_pid_stat(5): the fields after the name in brackets begin with 3, state; 22 is the start, in clock ticks. */
async function startFromProc(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** Kills a process that is no child of ours, and resolves when it is gone. */
export async function endForeign(pid: number, start: string): Promise<void> {
  process.kill(pid, 'SIGKILL');
  const until = Date.now() + 10_000;
  // The end of somebody else's child can only be asked for.
  while ((await startOf(pid)) === start) {
    if (Date.now() > until) throw new Error(`process ${pid} does not end`);
    await delay(20);
  }
}

/**
 * Sees that `pid` does not outlive this process, however this one ends: a shell waits for the end of a pipe that only
 * we hold. Returns the function that calls it off. Windows has no such shell; there the next start ends what is left.
 */
export function endWithParent(pid: number): () => void {
  if (process.platform === 'win32') return () => {};
  const script = 'read -r line; kill -KILL "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  const pipe = watchdog.stdin;
  if (pipe instanceof Socket) pipe.unref();
  return () => {
    watchdog.kill('SIGKILL');
    pipe.destroy();
  };
}
