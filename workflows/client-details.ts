/** What the Temporal UI shows of a run of provisioning, in Markdown: what is at work, for whom, and what became of what. */

import type { OperationEnd } from '../domain/provisioning.ts';
import { describeDecisions, describeGate } from './gate-details.ts';
import { block, code, list, text } from './markdown.ts';
import type { ClientRunStatus } from './messages.ts';

/** The details of the run as it stands. Whatever people say in it shows as plain text. */
export function describeClientRun(status: ClientRunStatus): string {
  const { current, waiting, plan, ends, notices, phase, decisions, asked } = status;
  const parts = [describeState(status)];
  if (decisions) parts.push('### Decisions, latest first', describeDecisions(decisions));
  if (waiting.length > 0) {
    parts.push(
      '### Waiting',
      list(waiting.map((one) => [`${one.sequence}`, `${one.operation}, for ${text(one.requestedBy)}`])),
    );
  }
  // At a gate its plan is among what is to be checked; what another request does meanwhile is shown as well.
  if (current && plan.length > 0 && current.sequence !== asked?.sequence) parts.push('### Plan', describePlan(status));
  const last = ends.at(-1);
  if (phase === 'ended' && last) parts.push(...describeEnd(last));
  if (ends.length > 0) parts.push('### Requests', list(ends.map((end) => [`${end.sequence}`, summaryOf(end)])));
  if (notices.length > 0)
    parts.push('### Worth knowing', list(notices.map(({ where, message }) => [text(where), text(message)])));
  return parts.join('\n\n');
}

function describeState(status: ClientRunStatus): string {
  const { workflowId, phase, current, plan, steps, asked } = status;
  if (asked) return describeGate(workflowId, asked.awaiting, whatToCheck(asked));
  if (phase === 'ended') return '## Ended\n\nNothing is awaited.';
  if (!current) return '## Beginning\n\nNothing is awaited from people.';
  const running = steps.find(({ state }) => state === 'running');
  const doing = running ? text(running.change) : plan.length > 0 ? 'between two steps' : 'looking at the client';
  return `## ${current.operation}, for ${text(current.requestedBy)}\n\nNow: ${doing}. Nothing is awaited from people.`;
}

function whatToCheck({ plan, operation, requestedBy }: NonNullable<ClientRunStatus['asked']>): string[] {
  const wide = plan.filter((step) => step.wide).length;
  const others = `What others than the client notice (${wide} ${wide === 1 ? 'step' : 'steps'}) is marked as **wide**.`;
  const asked = `The ${operation} that ${text(requestedBy)} asked for, of which nothing is carried out before. ${others}`;
  return [asked, describePlan({ plan, steps: [] })];
}

/** The UI takes no text of any length: steps beyond are counted, those that others notice last of all. */
const shownSteps = 40;

function describePlan({ plan, steps }: Pick<ClientRunStatus, 'plan' | 'steps'>): string {
  const lines = plan.map((step, index) => ({ step, state: steps[index]?.state ?? 'to come' }));
  const most = lines.filter(({ step }) => step.wide).slice(0, shownSteps);
  const room = shownSteps - most.length;
  const plain = lines.filter(({ step }) => !step.wide).slice(0, room);
  const shown = lines.filter((line) => most.includes(line) || plain.includes(line));
  const left = lines.length - shown.length;
  return [
    list(
      shown.map(({ step, state }) => [
        state,
        `${step.wide ? '**wide:** ' : ''}${text(step.change)}: ${text(step.reason)}`,
      ]),
    ),
    ...(left > 0 ? [`- ${left} more: query \`status\``] : []),
  ].join('\n');
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
