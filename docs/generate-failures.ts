/** Writes `docs/failures.md` from the tables of failure codes: `npm run docs`. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, failureOf } from '../domain/failures.ts';
import type { FailureClass, FailureCode } from '../domain/failures.ts';
import { approvalsFailures } from '../domain/failures/approvals.ts';
import { clientsFailures } from '../domain/failures/clients.ts';
import { commandFailures } from '../domain/failures/command.ts';
import { custodyFailures } from '../domain/failures/custody.ts';
import { documentsFailures } from '../domain/failures/documents.ts';
import { manifestsFailures } from '../domain/failures/manifests.ts';
import { remoteFailures } from '../domain/failures/remote.ts';
import { watchFailures } from '../domain/failures/watch.ts';

export const failuresFile = join(import.meta.dirname, 'failures.md');

/** In the order in which a run may come upon them. */
const groups: ReadonlyArray<readonly [title: string, table: object]> = [
  ['The command and its surroundings', commandFailures],
  ['Documents: tenant file, key file, certificates', documentsFailures],
  ['Manifests: the clients of applications', manifestsFailures],
  ['Clients of applications', clientsFailures],
  ['Custody: input, permissions, resources in Google Cloud', custodyFailures],
  ['What Digdir and Google Cloud refuse', remoteFailures],
  ['Decisions of people', approvalsFailures],
  ['The watch over what expires', watchFailures],
];

const classes: Record<FailureClass, string> = {
  usage: 'the command was called wrongly',
  finding: 'to be mended before anything is created',
  gate: 'people have to mend something, so the run goes back to their gate',
  passing: 'time or the network mends it, so it is tried again',
  refused: 'a remote system, or the run, says no for good',
  ended: 'people, or time, ended the run',
  defect: 'a fault of ours',
  notice: 'worth saying, stops nothing',
};

/** The whole of `docs/failures.md`. */
export function failuresDocument(): string {
  return [
    '# Failure codes',
    '',
    'Written by `npm run docs` from `domain/failures/`: change it there. Every message of the command, every failed run and',
    'every refused decision carries one of these codes. The class says what becomes of it, the exit code what `digdir` ends',
    'with when nothing worse happened.',
    '',
    ...tableLines(
      ['Class', 'Exit code', 'Meaning'],
      Object.entries(classes).map(([name, meaning]) => [name, String(exitCodes[name as FailureClass]), meaning]),
    ),
    ...groups.flatMap(([title, table]) => ['', `## ${title}`, '', ...groupLines(Object.keys(table) as FailureCode[])]),
    '',
  ].join('\n');
}

function groupLines(codes: readonly FailureCode[]): string[] {
  const rows = codes.map(failureOf).map(({ code, failureClass, exitCode, title, remedy }) => {
    return [`\`${code}\``, failureClass, String(exitCode), title, remedy];
  });
  return tableLines(['Code', 'Class', 'Exit', 'What happened', 'What to do'], rows);
}

/** A Markdown table with aligned columns, as the formatter wants it. */
function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...escaped.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...escaped.map(line)];
}

if (import.meta.main) await writeFile(failuresFile, failuresDocument());
