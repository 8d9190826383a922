/** What a person, or a program, is told of what is on record. */

import { clientTitle } from '../domain/client-names.ts';
import { isOfApplication } from '../domain/history.ts';
import type { History, HistoryRequest, PastRun } from '../domain/history.ts';
import { adminClientWorkflowId } from '../domain/names.ts';
import { shortTime } from './awaiting.ts';
import { decisionLine } from './narration.ts';
import { writeJson } from './output.ts';
import type { Output } from './output.ts';
import { partlyExitCode } from './run-end.ts';

export type ClientHistory = { readonly request: HistoryRequest; readonly history: History };

/** Writes what every run came to, the latest first, and says what cannot be read. Tells the exit code: 9 for that. */
export function reportHistory(output: Output, found: readonly ClientHistory[]): number {
  if (output.json) {
    writeJson(output, { clients: found.map(({ request, history }) => ({ client: titleOf(request), ...history })) });
  } else {
    output.data(found.flatMap(linesOf).join('\n'));
  }
  const unreadable = found.flatMap(({ history }) => history.unreadable);
  for (const version of unreadable) output.say(`${version} is no record of a run.`);
  return unreadable.length > 0 ? partlyExitCode : 0;
}

const titleOf = ({ client }: HistoryRequest): string =>
  isOfApplication(client) ? clientTitle(client) : adminClientWorkflowId(client);

function linesOf({ request, history: { runs, leftOut } }: ClientHistory): string[] {
  const earlier = leftOut > 0 ? [`  ${leftOut} earlier, in Secret Manager`] : [];
  if (runs.length > 0) return [titleOf(request), ...runs.flatMap(runLines), ...earlier];
  const none = isOfApplication(request.client) ? 'no decision of people is on record' : 'no run is on record';
  return [`${titleOf(request)}: ${none}`];
}

function runLines(run: PastRun): string[] {
  const { outcome, reason, requestedBy, operation, rollBack, revocation, decisions } = run;
  const when = timeOf(run);
  const head = [
    when === undefined ? '' : `${shortTime(when)}  `,
    ...(operation === undefined ? [] : [`${operation}: `]),
    outcome,
    ...(requestedBy === undefined ? [] : [`, asked for by ${requestedBy}`]),
    `: ${reason}`,
  ].join('');
  const revoked = revocation
    ? [`${revocation.by}: took the key of ${revocation.serialNumber} out of use, at ${shortTime(revocation.at)}`]
    : [];
  const wentBack = rollBack ? [`${rollBack.by}: rolled back ("${rollBack.reason}")`] : [];
  return [`  ${head}`, ...[...revoked, ...decisions.map(decisionLine), ...wentBack].map((line) => `    ${line}`)];
}

/** What was kept by the first versions does not say when the run ended: then when it was decided last. */
const timeOf = ({ endedAt, decisions }: PastRun): string | undefined => endedAt ?? decisions.at(-1)?.at;
