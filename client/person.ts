/** The person at the keyboard: who it is, and what can be asked. */

import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { isPlainLine } from '../domain/plain-text.ts';
import { Refusal } from '../domain/refusal.ts';

/** The name that goes on record: `--by`, else `DIGDIR_BY`, else the name of the operating system's user. Throws USAGE. */
export function personName(by: string | undefined, environment: NodeJS.ProcessEnv): string {
  const name = by ?? environment.DIGDIR_BY ?? userInfo().username;
  if (isPlainLine(name)) return name;
  throw new Refusal('USAGE', `--by is a name in one line, without control characters, not ${JSON.stringify(name)}`);
}

/** Asks on the terminal; whether the answer is exactly `expected`. */
export async function confirms(question: string, expected = 'yes'): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return (await ask(lines, `${question} Type ${expected}: `))?.trim() === expected;
}

/** Asks on the terminal; the answer, or `undefined` when the person leaves the prompt. */
export async function answerTo(question: string): Promise<string | undefined> {
  return await ask(createInterface({ input: process.stdin, output: process.stderr }), question);
}

/** Asks on the terminal for a passphrase, which is not shown; `undefined` when the person leaves the prompt. */
export async function askPassphrase(question: string): Promise<Buffer | undefined> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await ask(createInterface({ input: process.stdin, output: silent, terminal: true }), '');
  process.stderr.write('\n');
  return answer === undefined ? undefined : Buffer.from(answer);
}

/** The answer, or `undefined` when the prompt is left by Ctrl-C or Ctrl-D, at which readline would never settle. */
async function ask(lines: Interface, question: string): Promise<string | undefined> {
  const left = new AbortController();
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  try {
    return await lines.question(question, { signal: left.signal });
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}
