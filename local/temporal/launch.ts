/** One run of the server's process: from the spawn until it serves, and until it is gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { WorldFault } from '../world-fault.ts';
import { endWithParent } from './process.ts';

export type Launch = {
  readonly cli: string;
  readonly arguments: readonly string[];
  readonly address: string;
  readonly namespace: string;
  readonly log: string;
};

export type Running = { readonly pid: number; end(how: 'kill' | 'terminate'): Promise<void> };

/** A start takes half a second; a machine under load is given this many milliseconds. */
const SERVES_WITHIN = 60_000;
const ENDS_WITHIN = 10_000;

/** A server takes ten ports beside its own, any that are free, and others may be given one of them before it listens. */
const mostLaunches = 3;

/** Resolves when the server answers for its namespace; rejects with the end of its log when it does not. */
export async function launch(plan: Launch): Promise<Running> {
  for (let launches = 1; ; launches += 1) {
    const launched = await launchOnce(plan);
    if ('pid' in launched) return launched;
    const { log } = launched;
    if (launches < mostLaunches && log.includes('address already in use')) continue;
    const end = log.trim().split('\n').slice(-10).join('\n');
    throw new WorldFault(
      `The Temporal server at ${plan.address} did not come to serve. The end of ${plan.log}:\n${end}`,
    );
  }
}

/** The server, or what it has written to its log when it does not come to serve. */
async function launchOnce(plan: Launch): Promise<Running | { readonly log: string }> {
  const before = (await readFile(plan.log).catch(() => Buffer.alloc(0))).length;
  const child = await spawnServer(plan);
  const pid = child.pid ?? 0;
  const callOff = endWithParent(pid);
  const running: Running = {
    pid,
    async end(how) {
      await endChild(child, how);
      callOff();
    },
  };
  if (await isServing(child, plan)) return running;
  await running.end('kill');
  const log = await readFile(plan.log).catch(() => Buffer.alloc(0));
  return { log: log.subarray(before).toString('utf8') };
}

async function spawnServer(plan: Launch): Promise<ChildProcess> {
  const log = await open(plan.log, 'a');
  try {
    const child = spawn(plan.cli, plan.arguments, {
      stdio: ['ignore', log.fd, log.fd],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'))),
      // A group of its own: Ctrl-C reaches us, and we end it after the workers that use it.
      detached: process.platform !== 'win32',
    });
    await once(child, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}

async function isServing(child: ChildProcess, plan: Launch): Promise<boolean> {
  const until = Date.now() + SERVES_WITHIN;
  while (isRunning(child) && Date.now() < until) {
    if (await answers(plan)) return true;
    await delay(25);
  }
  return false;
}

async function answers(plan: Launch): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address: plan.address, tls: false, connectTimeout: 1000 });
    try {
      await connection.workflowService.describeNamespace({ namespace: plan.namespace });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

async function endChild(child: ChildProcess, how: 'kill' | 'terminate'): Promise<void> {
  if (!isRunning(child)) return;
  const gone = once(child, 'exit');
  child.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN);
  await gone;
  clearTimeout(insist);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
