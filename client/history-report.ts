/** What a person, or a program, is told of what is on record. */

import { clientTitle } from '../domain/client-names.ts';
import { isOfApplication } from '../domain/history.ts';
import type { History, HistoryRequest, PastRun } from '../domain/history.ts';
import { adminClientWorkflowId } from '../domain/names.ts';
import { oneLine } from '../domain/plain-text.ts';
import { shortTime } from './awaiting.ts';
import { decisionLine } from './narration.ts';
import { writeJson } from './output.ts';
import type { Output } from './output.ts';
import { partlyExitCode } from './run-end.ts';

export type ClientHistory = {
  readonly request: HistoryRequest;
  readonly history: History;
  /** What is at work on the client, in plain words. */
  readonly running?: string;
};

/** Writes what every run came to, the latest first, and says what cannot be read. Tells the exit code: 9 for that. */
export function reportHistory(output: Output, found: readonly ClientHistory[]): number {
  if (output.json) writeJson(output, { clients: found.map(documentOf) });
  else output.data(found.flatMap(linesOf).join('\n'));
  const unreadable = found.flatMap(({ history }) => history.unreadable);
  for (const version of unreadable) output.say(`${version} is disabled, destroyed, or no record of a run.`);
  return unreadable.length > 0 ? partlyExitCode : 0;
}

const documentOf = ({ request, history, running }: ClientHistory) => ({
  client: titleOf(request),
  ...(running === undefined ? {} : { running }),
  ...history,
});

const titleOf = ({ client }: HistoryRequest): string =>
  isOfApplication(client) ? clientTitle(client) : adminClientWorkflowId(client);

function linesOf({ request, history: { runs, leftOut }, running }: ClientHistory): string[] {
  const none = isOfApplication(request.client)
    ? 'no decision of people is on record under this name'
    : 'no run is on record under this name';
  return [
    runs.length > 0 ? titleOf(request) : `${titleOf(request)}: ${none}`,
    ...(running === undefined ? [] : [`  at work, and not on record yet: ${running}`]),
    ...runs.flatMap(runLines),
    ...(leftOut > 0 ? [`  ${leftOut} earlier, in Secret Manager`] : []),
  ].map(oneLine);
}

function runLines(run: PastRun): string[] {
  const { outcome, reason, requestedBy, operation, process, decisions, rollBack } = run;
  const what = operation ?? process;
  const when = timeOf(run);
  const head = [
    when === undefined ? '' : `${shortTime(when)}  `,
    what === undefined ? '' : `${what}: `,
    outcome,
    requestedBy === undefined ? '' : `, asked for by ${requestedBy}`,
    `: ${reason}`,
  ].join('');
  const lines = [
    ...certificateLines(run),
    ...revocationLines(run),
    ...decisions.map(decisionLine),
    ...(rollBack ? [`${rollBack.by}: rolled back ("${rollBack.reason}")`] : []),
    ...(run.tidied ?? []).map((line) => `tidied up: ${line}`),
  ];
  return [`  ${head}`, ...lines.map((line) => `    ${line}`)];
}

function certificateLines({ certificate, activated }: PastRun): string[] {
  if (!certificate) return [];
  return [`certificate with serial number ${certificate.serialNumber}${activated ? ', which was made active' : ''}`];
}

/** Each step with what came of it: one that failed has left the key in use. */
function revocationLines({ revocation }: PastRun): string[] {
  if (!revocation) return [];
  const { by, at, serialNumber, steps } = revocation;
  const head = `${by}: called the key of ${serialNumber} compromised, at ${shortTime(at)}`;
  return [head, ...steps.map(({ change, state }) => `  ${change} … ${state === 'done' ? state : state.toUpperCase()}`)];
}

/** What was kept by the first versions does not say when the run ended: then when it was decided last. */
const timeOf = ({ endedAt, decisions }: PastRun): string | undefined => endedAt ?? decisions.at(-1)?.at;
