/** Where a command speaks: data to stdout, messages to stderr. */

import { escapeUnseen } from '../domain/plain-text.ts';

export type Output = {
  /** Writes data to stdout; a line break is added where it lacks one. */
  readonly data: (text: string) => void;
  /** Writes one message line to stderr. */
  readonly say: (line: string) => void;
  /** stdout carries exactly one JSON document. */
  readonly json: boolean;
  /** A person sits at a terminal and may be asked. */
  readonly interactive: boolean;
  /** stderr is a person's terminal that can show live progress. */
  readonly live: boolean;
  /** stdout is a terminal: what is written there is seen, and may stay on the screen. */
  readonly terminal: boolean;
};

/** Live progress wraps its lines at the terminal's width, and is unreadable below this many columns. */
const narrowestLive = 60;

/** A build's log may pass for a terminal, and keeps every line that is drawn over another. */
const inCi = (): boolean => !['', 'false', '0', undefined].includes(process.env.CI);

/** The output of this process: `--json` and `--no-input` as they were given. What others wrote cannot steer the terminal. */
export function processOutput(flags: { readonly json: boolean; readonly input: boolean }): Output {
  return {
    data: (text) => process.stdout.write(escapeUnseen(text.endsWith('\n') ? text : `${text}\n`)),
    say: (line) => process.stderr.write(`${escapeUnseen(line)}\n`),
    json: flags.json,
    interactive: flags.input && process.stdin.isTTY && process.stderr.isTTY,
    live: process.stderr.isTTY && process.stderr.columns >= narrowestLive && process.env.TERM !== 'dumb' && !inCi(),
    terminal: process.stdout.isTTY,
  };
}

/** Writes the one JSON document of a command. */
export const writeJson = (output: Output, document: unknown): void => output.data(JSON.stringify(document, null, 2));

/** Columns as wide as their widest cell, two spaces apart; the last one is never padded. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}
