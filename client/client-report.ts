/** What became of requests for clients, as commands report it: facts to stdout, what is worth saying to stderr. */

import { outboundHosts } from '../domain/environments.ts';
import type { Environment } from '../domain/environments.ts';
import { describeFinding, stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { lastPart } from '../domain/names.ts';
import type { OperationEnd, PublishedCredentials } from '../domain/provisioning.ts';
import { awaitedLines, shortTime } from './awaiting.ts';
import { fewClients } from './clients-progress.ts';
import { clientsTable, countsLine, groupedLines } from './clients-table.ts';
import type { ClientRow } from './clients-table.ts';
import { notStartedLine } from './each-client.ts';
import { failureDocument, failureLines } from './failure.ts';
import { isUndone, outcomeOf } from './following-clients.ts';
import type { FollowedClient } from './following-clients.ts';
import type { Further } from './given-options.ts';
import { writeJson } from './output.ts';
import type { Output } from './output.ts';

/** Options as they were given, each after a space: the tenant file, and where Temporal is. */
const none: Further = { tenant: '', connection: '' };

export type ReportAbout = {
  readonly environment: Environment;
  /** Those of the documents, which were said before anything started. */
  readonly findings: readonly Finding[];
  /** Whether a table lists the clients that were as they should be, however many there are. */
  readonly all?: boolean;
  /** What further commands need that are told; nothing when absent. */
  readonly further?: Further;
  /** The command that does again what did not come about at these places. */
  readonly again?: (places: readonly string[]) => string | undefined;
};

/** A few clients are told of one by one, many in a table, and after it what is to be said of them. */
export function reportClients(output: Output, clients: readonly FollowedClient[], about: ReportAbout): void {
  const { environment, findings, further = none } = about;
  const many = clients.length > fewClients;
  if (!many)
    for (const followed of clients)
      for (const line of messagesOf(followed, further)) output.say(`${followed.client}: ${line}`);
  if (output.json) {
    writeJson(output, { findings, clients: clients.map(clientDocument), outboundHosts: outboundHosts[environment] });
  } else if (many) {
    output.data(
      clientsTable(['CLIENT', 'OUTCOME', 'CLIENT ID', 'PUBLISHED OR FAILURE'], clients.map(rowOf), about.all),
    );
  } else if (clients.length > 0) output.data(clients.map(clientText).join('\n'));
  if (many) sayOfMany(output, clients, about);
}

function sayOfMany(
  output: Output,
  clients: readonly FollowedClient[],
  { findings, again, further = none }: ReportAbout,
): void {
  const said = clients.flatMap((followed) =>
    messagesOf(followed, further, 'NAMESPACE/NAME').map((line) => [followed.client, line] as const),
  );
  for (const line of groupedLines(said)) output.say(line);
  output.say(countsLine(clients.map(rowOf)));
  // What waits for people goes on by itself once they have decided.
  const failed = clients.flatMap(({ exitCode, end, where }) =>
    exitCode !== 0 && end.state !== 'waiting' && where !== undefined ? [where] : [],
  );
  sayAgain(output, again?.([...failed, ...findings.filter(stops).map(({ where }) => where)]));
}

export function sayAgain(output: Output, command: string | undefined): void {
  if (command !== undefined) output.say(`to do again what did not come about: ${command}`);
}

function rowOf({ client, end }: FollowedClient): ClientRow {
  if (end.state === 'waiting') {
    const { gate, until } = end.awaiting;
    return { client, outcome: end.state, facts: ['', `${gate}, until ${shortTime(until)}`] };
  }
  if (end.state !== 'ended') return { client, outcome: end.state, facts: ['', 'code' in end ? (end.code ?? '') : ''] };
  const { outcome, code = 'UNEXPECTED', clientId = '', published } = end.result;
  const version = published ? `version ${lastPart(published.version)}` : '';
  return { client, outcome, facts: [clientId, isUndone(end.result) ? code : version] };
}

/** For `--json`. */
export function clientDocument({ end, ...followed }: FollowedClient) {
  if (end.state !== 'failed') return { ...followed, ...end };
  return { ...followed, state: end.state, failure: failureDocument(end) };
}

/** `name`: the client's in what is there to be typed. */
function messagesOf(
  { client, workflowId, runId, end }: FollowedClient,
  { tenant, connection }: Further,
  called = client,
): string[] {
  const name = `${called}${tenant}`;
  if (end.state === 'failed') return failureLines(end);
  if (end.state === 'not-started') return [notStartedLine(end)];
  if (end.state === 'waiting') return awaitedLines(workflowId, end.awaiting, connection);
  if (end.state === 'left' && runId === undefined) {
    return [
      `it is not known whether the request was taken in; \`digdir status ${name}${connection}\` tells how it stands`,
    ];
  }
  if (end.state !== 'ended') return [`the run goes on; \`digdir status ${name}${connection}\` tells how it stands`];
  const { result } = end;
  const notices = result.notices.map(describeFinding);
  if (isUndone(result)) return [...notices, ...refusalLines(result)];
  return [...notices, ...nextLines(name, connection, result)];
}

/** What is to be done with credentials that were just published. */
function nextLines(client: string, connection: string, { steps, published }: OperationEnd): string[] {
  if (!published || !steps.some(({ kind }) => kind === 'publish')) return [];
  const version = lastPart(published.version);
  const deliver = `to deliver the credentials: digdir credentials ${client} --format files (or env, kubernetes, json)`;
  const endsByItself = steps.some(({ kind }) => kind === 'limit-keys');
  if (version === '1' || endsByItself) return [deliver];
  return [
    deliver,
    `once the application uses version ${version}: digdir acknowledge ${client} --version ${version}${connection}`,
  ];
}

/** The run has put what happened, and what to do, into one message. */
function refusalLines({ code, message, findings }: OperationEnd): string[] {
  return findings && findings.length > 0 ? findings.map(describeFinding) : [`${message} [${code ?? 'UNEXPECTED'}]`];
}

function clientText({ client, end }: FollowedClient): string {
  if (end.state !== 'ended') return `${client}: ${outcomeOf(end)}`;
  const { outcome, message, clientId, published } = end.result;
  const head = isUndone(end.result) ? `${client}: ${outcomeOf(end)}` : `${client}: ${outcome}. ${message}`;
  const facts = outcome === 'superseded' ? [] : [...clientIdFact(clientId), ...publishedFacts(published)];
  return [head, ...facts.map(factLine)].join('\n');
}

export type Fact = readonly [name: string, value: string];

/** One fact below the line that says what it is about. */
export const factLine = ([name, value]: Fact): string => `  ${name.padEnd(14)} ${value}`;

export const clientIdFact = (clientId: string | undefined): Fact[] =>
  clientId === undefined ? [] : [['client id', clientId]];

export function publishedFacts(published: PublishedCredentials | undefined): Fact[] {
  if (!published) return [];
  const { version, kid, keyExpires } = published;
  return [
    ['published', version],
    ['key', keyExpires === undefined ? kid : `${kid}, until ${shortTime(keyExpires)}`],
  ];
}
