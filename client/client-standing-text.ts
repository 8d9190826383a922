/** How a client stands, as text for people: what there is, and what to do about it. */

import type { ClientRecord, RecordedKey } from '../domain/client-record.ts';
import type { OutboundHost } from '../domain/environments.ts';
import { awaitedLines, shortTime } from './awaiting.ts';
import { clientIdFact, factLine, publishedFacts } from './client-report.ts';
import type { Fact } from './client-report.ts';
import type { ClientRunStanding, ClientStanding } from './client-standing.ts';
import { failureLines } from './failure.ts';
import type { Further } from './given-options.ts';
import { stepLine } from './narration.ts';
import { tryingLines } from './trying.ts';

/** `now` tells the keys that still work from those that no longer do; what further commands need, each after a space: `tenant`, and `connection`. */
export function standingText(standing: ClientStanding, now: Date, { tenant, connection }: Further): string {
  const { client, record, published, run } = standing;
  const facts: Fact[] = [
    ...clientIdFact(record?.clientId),
    ...publishedFacts(published),
    ...(record ? keyFacts(`${client}${tenant}${connection}`, record, now) : []),
    ...hostFacts(standing.outboundHosts),
    ...(run ? runFacts(run, connection) : []),
  ];
  const state = record?.state ?? 'not on record yet';
  return [`${client}: ${state}${stateNotes[state] ?? ''}`, ...facts.map(factLine)].join('\n');
}

const stateNotes: Readonly<Record<string, string>> = {
  creating: ', not known at Digdir yet, or not with a key of ours: `digdir apply` goes on from here',
  preserved: ', no longer declared and left at Digdir, as its manifest said',
};

function keyFacts(client: string, { keys, published }: ClientRecord, now: Date): Fact[] {
  return keys.flatMap((key): Fact[] => {
    if (key.role === 'candidate') {
      return [['new key', `${key.kid}, made and not published yet: \`digdir apply\` goes on from here`]];
    }
    return key.role === 'old' ? [['old key', `${key.kid}, ${oldKey(client, key, published ?? 0, now)}`]] : [];
  });
}

function oldKey(client: string, { ends, expires }: RecordedKey, published: number, now: Date): string {
  const until = ends ?? expires;
  if (until !== undefined && Date.parse(until) <= now.getTime()) return 'no longer works; the next apply removes it';
  const works = until === undefined ? 'still works' : `still works until ${shortTime(until)}`;
  return `${works}; once the application uses version ${published}: \`digdir acknowledge ${client}\``;
}

/** What an access policy has to let through. */
function hostFacts(hosts: readonly OutboundHost[]): Fact[] {
  if (hosts.length === 0) return [];
  const named = hosts.map(({ host, retired }) => (retired ? `${host} (switched off by Digdir)` : host));
  return [['outbound hosts', named.join(', ')]];
}

function runFacts(run: ClientRunStanding, connection: string): Fact[] {
  const page: Fact[] = run.link === undefined ? [] : [['run', run.link]];
  if (run.state === 'running') return [...page, ...workFacts(run, connection)];
  const ends = (run.ends ?? []).map(({ operation, requestedBy, outcome, message }): Fact => [
    'last run',
    `${operation} for ${requestedBy}: ${outcome}. ${message}`,
  ]);
  const failures = run.failure ? failureLines(run.failure).map((line): Fact => ['last run', line]) : [];
  return [...page, ...ends, ...failures];
}

function workFacts({ status, trying = [] }: ClientRunStanding, connection: string): Fact[] {
  if (!status) return [['at work', 'no worker answers, so nothing more can be told']];
  const { current, waiting, steps, asked } = status;
  return [
    ['at work', current ? `${current.operation} for ${current.requestedBy}` : 'beginning'],
    ...steps.map((step): Fact => ['', stepLine(step)]),
    ...trying.flatMap(tryingLines).map((line): Fact => ['', line]),
    ...(asked ? awaitedLines(status.workflowId, asked.awaiting, connection).map((line): Fact => ['asked', line]) : []),
    ...waiting.map(({ operation, requestedBy }): Fact => ['then', `${operation} for ${requestedBy}`]),
  ];
}
