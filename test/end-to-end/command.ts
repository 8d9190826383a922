/** The `digdir` command as a process of its own, in an empty folder, with everything that it leaves behind. */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endWithParent } from '../../local/temporal/process.ts';

const program = join(import.meta.dirname, '..', '..', 'client', 'digdir.js');

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Command = {
  /** Resolves when the text on that stream so far matches; rejects when the process ends before. */
  said(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string>;
  interrupt(): void;
  readonly ended: Promise<Ended>;
};

/** Where commands run: a working directory and a directory for temporary files, both empty at first. */
export type Place = {
  readonly folder: string;
  readonly temporary: string;
  /** What commands of this place find in their environment. */
  readonly environment: NodeJS.ProcessEnv;
  run(args: readonly string[], variables?: Readonly<Record<string, string>>): Command;
  /** What is in the two directories, and command lines of processes that commands of this place left (on Linux). */
  leftOvers(): Promise<readonly string[]>;
  remove(): Promise<void>;
};

const mark = 'DIGDIR_TEST_PLACE';

export async function createPlace(): Promise<Place> {
  const base = await mkdtemp(join(tmpdir(), 'digdir-place-'));
  const [folder, temporary] = [join(base, 'work'), join(base, 'tmp')];
  await mkdir(folder);
  await mkdir(temporary);
  const id = randomUUID();
  const environment = { ...withoutTestRunner(), TMPDIR: temporary, [mark]: id };
  return {
    folder,
    temporary,
    environment,
    run: (args, variables = {}) =>
      start(process.execPath, [program, ...args], folder, { ...environment, ...variables }),
    leftOvers: async () => [...(await readdir(folder)), ...(await readdir(temporary)), ...(await processesOf(id))],
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

/** Starts any program; its standard input is empty. */
export function start(file: string, args: readonly string[], folder: string, environment: NodeJS.ProcessEnv): Command {
  // A group of its own, which is interrupted whole, as by a terminal: the shell of an npm script hands no signal on.
  const child = spawn(file, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const signal = (name: NodeJS.Signals) => {
    if (child.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name);
  };
  // The other side of a group of its own: nobody else would end it when this test is killed.
  const callOff = endWithParent(-(child.pid ?? 0));
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (more: string) => {
      text[stream] += more;
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    callOff();
    return { code: code as number | null, ...text };
  });
  return {
    ended,
    interrupt: () => signal('SIGINT'),
    said: async (stream, pattern) => {
      const over = ended.then(() => {
        throw new Error(`It ended before ${stream} said ${pattern}:\n${text.stdout}\n${text.stderr}`);
      });
      over.catch(() => undefined);
      while (!pattern.test(text[stream])) await Promise.race([once(child[stream], 'data'), over]);
      return text[stream];
    },
  };
}

/** Test files run with a variable by which Node's runner knows its own; a test run inside must not inherit it. */
function withoutTestRunner(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
  return environment;
}

/** What a shell has exported when it has read the file. */
export async function exportedBy(file: string): Promise<Record<string, string>> {
  const shell = start('/bin/sh', ['-c', '. "$1" && env', 'sh', file], dirname(file), {});
  const { stdout } = await shell.ended;
  return Object.fromEntries([...stdout.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

async function processesOf(id: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(`${mark}=${id}`)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line !== '') found.push(line.replaceAll('\0', ' '));
  }
  return found;
}
