/** What the Temporal UI shows of a run of provisioning, in Markdown: what is at work, for whom, and what became of what. */

import type { OperationEnd } from '../domain/provisioning.ts';
import { block, code, list, text } from './markdown.ts';
import type { ClientRunStatus } from './messages.ts';

/** The details of the run as it stands. Whatever people say in it shows as plain text. */
export function describeClientRun(status: ClientRunStatus): string {
  const { current, waiting, plan, steps, ends, notices, phase } = status;
  const parts = [describeState(status)];
  if (waiting.length > 0) {
    parts.push(
      '### Waiting',
      list(waiting.map((one) => [`${one.sequence}`, `${one.operation}, for ${text(one.requestedBy)}`])),
    );
  }
  if (current && plan.length > 0) {
    const state = (index: number): string => steps[index]?.state ?? 'to come';
    parts.push(
      '### Plan',
      list(plan.map(({ change, reason }, index) => [state(index), `${text(change)}: ${text(reason)}`])),
    );
  }
  const last = ends.at(-1);
  if (phase === 'ended' && last) parts.push(...describeEnd(last));
  if (ends.length > 0) parts.push('### Requests', list(ends.map((end) => [`${end.sequence}`, summaryOf(end)])));
  if (notices.length > 0)
    parts.push('### Worth knowing', list(notices.map(({ where, message }) => [text(where), text(message)])));
  return parts.join('\n\n');
}

function describeState({ phase, current, plan, steps }: ClientRunStatus): string {
  if (phase === 'ended') return '## Ended\n\nNothing is awaited.';
  if (!current) return '## Beginning\n\nNothing is awaited from people.';
  const running = steps.find(({ state }) => state === 'running');
  const doing = running ? text(running.change) : plan.length > 0 ? 'between two steps' : 'looking at the client';
  return `## ${current.operation}, for ${text(current.requestedBy)}\n\nNow: ${doing}. Nothing is awaited from people.`;
}

function describeEnd({ clientId, published }: OperationEnd): string[] {
  const facts: [string, string][] = [];
  if (clientId !== undefined) facts.push(['Client at Digdir', code(clientId)]);
  if (published) {
    facts.push(['Credentials', code(published.version)], ['Key', code(published.kid)]);
    if (published.keyExpires !== undefined) facts.push(['Key expires', published.keyExpires]);
  }
  return facts.length > 0 ? ['### Result', list(facts), block('sh', 'digdir credentials CLIENT --format env')] : [];
}

const summaryOf = ({ operation, outcome, requestedBy, message }: OperationEnd): string =>
  `${operation} for ${text(requestedBy)}: **${outcome}**. ${text(message)}`;
