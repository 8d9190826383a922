/** How long the command takes to say its help, beside a Node that does nothing. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './median.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '..', 'client', 'digdir.js');

/** Milliseconds, taken in turns so that both meet the same machine. */
export async function measureStartUp(rounds: number): Promise<{ readonly help: number; readonly node: number }> {
  const help: number[] = [];
  const node: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    node.push(await timeOf(['-e', '0']));
    help.push(await timeOf([program, '--help']));
  }
  return { help: median(help), node: median(node) };
}

async function timeOf(args: readonly string[]): Promise<number> {
  const begun = performance.now();
  await run(process.execPath, args);
  return performance.now() - begun;
}
