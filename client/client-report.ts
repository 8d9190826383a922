/** What became of requests for clients, as commands report it: facts to stdout, what is worth saying to stderr. */

import { outboundHosts } from '../domain/environments.ts';
import type { Environment } from '../domain/environments.ts';
import { describeFinding } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { lastPart } from '../domain/names.ts';
import type { OperationEnd, PublishedCredentials } from '../domain/provisioning.ts';
import { shortTime } from './awaiting.ts';
import { failureDocument, failureLines } from './failure.ts';
import type { FollowedClient } from './following-clients.ts';
import { writeJson } from './output.ts';
import type { Output } from './output.ts';

/** `findings`: those of the documents, which were said before anything started. */
export function reportClients(
  output: Output,
  clients: readonly FollowedClient[],
  { environment, findings }: { readonly environment: Environment; readonly findings: readonly Finding[] },
): void {
  for (const followed of clients) for (const line of messagesOf(followed)) output.say(`${followed.client}: ${line}`);
  if (output.json) {
    writeJson(output, { findings, clients: clients.map(clientDocument), outboundHosts: outboundHosts[environment] });
  } else if (clients.length > 0) output.data(clients.map(clientText).join('\n'));
}

function clientDocument({ end, ...followed }: FollowedClient) {
  if (end.state !== 'failed') return { ...followed, ...end };
  return { ...followed, state: end.state, failure: failureDocument(end) };
}

function messagesOf({ client, runId, end }: FollowedClient): string[] {
  if (end.state === 'failed') return failureLines(end);
  if (end.state === 'left' && runId === undefined) {
    return [`it is not known whether the request was taken in; \`digdir status ${client}\` tells how it stands`];
  }
  if (end.state !== 'ended') return [`the run goes on; \`digdir status ${client}\` tells how it stands`];
  const { result } = end;
  const notices = result.notices.map(describeFinding);
  if (result.outcome === 'refused') return [...notices, ...refusalLines(result)];
  return [...notices, ...nextLines(client, result)];
}

/** What is to be done with credentials that were just published. */
function nextLines(client: string, { steps, published }: OperationEnd): string[] {
  if (!published || !steps.some(({ kind }) => kind === 'publish')) return [];
  const version = lastPart(published.version);
  const deliver = `to deliver the credentials: digdir credentials ${client} --format files (or env, kubernetes, json)`;
  const endsByItself = steps.some(({ kind }) => kind === 'limit-keys');
  if (version === '1' || endsByItself) return [deliver];
  return [deliver, `once the application uses version ${version}: digdir acknowledge ${client} --version ${version}`];
}

/** The run has put what happened, and what to do, into one message. */
function refusalLines({ code, message, findings }: OperationEnd): string[] {
  return findings && findings.length > 0 ? findings.map(describeFinding) : [`${message} [${code ?? 'UNEXPECTED'}]`];
}

function clientText({ client, end }: FollowedClient): string {
  if (end.state === 'failed') return `${client}: failed [${end.code}]`;
  if (end.state !== 'ended') return `${client}: ${end.state}`;
  const { outcome, code, message, clientId, published } = end.result;
  const head =
    outcome === 'refused' ? `${client}: refused [${code ?? 'UNEXPECTED'}]` : `${client}: ${outcome}. ${message}`;
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
