/** What plans of clients say, as `digdir plan` reports it: facts to stdout, what is worth saying to stderr. */

import { clientTitle } from '../domain/client-names.ts';
import { describeFinding, stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { clientPlanText } from './client-plan-text.ts';
import { previewOutcome } from './client-preview.ts';
import type { PreviewedClient, PreviewEnd } from './client-preview.ts';
import { sayAgain } from './client-report.ts';
import { fewClients } from './clients-progress.ts';
import { clientsTable, countsLine, groupedLines } from './clients-table.ts';
import type { ClientRow } from './clients-table.ts';
import { notStartedLine } from './each-client.ts';
import { failureDocument, failureLines } from './failure.ts';
import { writeJson } from './output.ts';
import type { Output } from './output.ts';

type PlannedEnd = Extract<PreviewEnd, { state: 'planned' }>;

/** A plan, or why there is none, with the place of the declaration. */
export type ReportedPlan = PreviewedClient & { readonly where: string };

export type PlansAbout = {
  /** Those of the documents, which were said before anything started. */
  readonly findings: readonly Finding[];
  /** Whether a table lists the clients that are as they should be, however many there are. */
  readonly all: boolean;
  /** Whether every step of every plan is shown, however many clients there are. */
  readonly verbose: boolean;
  /** The command that does again what did not come about at these places. */
  readonly again: (places: readonly string[]) => string | undefined;
};

/** A few plans are shown with every step. Of many there is a table, and every step where only a few change something. */
export function reportPlans(output: Output, plans: readonly ReportedPlan[], about: PlansAbout): void {
  const many = plans.length > fewClients;
  if (!many) for (const plan of plans) for (const line of messagesOf(plan)) output.say(`${titleOf(plan)}: ${line}`);
  if (output.json) {
    const clients = plans.map((plan) => ({ client: titleOf(plan), where: plan.where, ...documentOf(plan) }));
    writeJson(output, { findings: about.findings, clients });
  } else {
    const text = many ? manyText(plans, about) : plans.flatMap(textOf).join('\n');
    if (text !== '') output.data(text);
  }
  if (many) sayOfMany(output, plans, about);
}

function manyText(plans: readonly ReportedPlan[], { all, verbose }: PlansAbout): string {
  const changing = plans.filter(({ end }) => previewOutcome(end) === 'to change');
  const shown = verbose || changing.length <= fewClients ? changing : [];
  const table = clientsTable(['CLIENT', 'OUTCOME', 'STEPS OR FAILURE'], plans.map(rowOf), all);
  return [...shown.flatMap(textOf), table].join('\n');
}

function sayOfMany(output: Output, plans: readonly ReportedPlan[], { findings, again }: PlansAbout): void {
  const said = plans.flatMap((plan) => messagesOf(plan).map((line) => [titleOf(plan), line] as const));
  for (const line of groupedLines(said)) output.say(line);
  output.say(countsLine(plans.map(rowOf)));
  const without = plans.filter(({ end }) => end.state !== 'planned').map(({ where }) => where);
  sayAgain(output, again([...without, ...findings.filter(stops).map(({ where }) => where)]));
}

const titleOf = ({ request }: ReportedPlan): string => clientTitle(request.client);

/** That people will be asked, where the tenant file says so. */
function approvalLines({ approval }: ReportedPlan['request'], { preview }: PlannedEnd): string[] {
  if (!approval?.wide || !preview.steps.some(({ wide }) => wide)) return [];
  return ['apply waits for approval before it carries this out, as there are wide steps'];
}

function messagesOf({ request, end }: ReportedPlan): string[] {
  if (end.state === 'planned') return [...end.preview.notices.map(describeFinding), ...approvalLines(request, end)];
  if (end.state === 'failed') return failureLines(end);
  return [end.state === 'left' ? 'not planned, as the command was interrupted' : notStartedLine(end)];
}

const textOf = (plan: ReportedPlan): string[] =>
  plan.end.state === 'planned' ? [clientPlanText(`${titleOf(plan)} (${plan.where})`, plan.end.preview.steps)] : [];

function documentOf({ end }: ReportedPlan) {
  if (end.state === 'planned') return end.preview;
  return end.state === 'failed' ? { failure: failureDocument(end) } : end;
}

function rowOf({ request, end }: ReportedPlan): ClientRow {
  const row = { client: clientTitle(request.client), outcome: end.state };
  if (end.state !== 'planned') return { ...row, facts: ['code' in end ? (end.code ?? '') : ''] };
  return { ...row, outcome: previewOutcome(end), facts: [end.preview.steps.map(({ kind }) => kind).join(', ')] };
}
