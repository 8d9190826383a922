/** What the Temporal UI shows of a gate: from whom what is awaited, what to check, how to answer; and what was decided. */

import type { Decision, RecordedDecision } from '../domain/approval.ts';
import { failureOf } from '../domain/failures.ts';
import type { FailureCode } from '../domain/failures.ts';
import { block, code, list, moment, shellWord, text } from './markdown.ts';
import type { Fact } from './markdown.ts';
import type { AwaitedDecision, Awaiting } from './messages.ts';

/** `check`: what people are to look at before they answer, in paragraphs. */
export function describeGate(workflowId: string, awaiting: AwaitedDecision, check: readonly string[]): string {
  const { gate, missing } = awaiting;
  return [
    `## Awaited: ${missing} ${missing === 1 ? 'approval' : 'approvals'} of ${gate}`,
    ...lastTime(awaiting),
    list([['From', whom(awaiting)], ...period(awaiting)]),
    '### What to check',
    ...check,
    '### How to answer',
    'By command:',
    block('sh', approveCommand(workflowId, awaiting)),
    'Or here: *More Actions*, *Send a Signal* (or *an Update*), `decide`, and as data this, with your name and reason:',
    block('json', JSON.stringify(approval(awaiting), undefined, 2)),
    `To refuse: \`digdir reject\`, or the verdict \`reject\`. That ends the ${gate === 'wide' ? 'request' : 'run'}.`,
  ].join('\n\n');
}

function whom({ who, identity, issuer, requestedBy }: AwaitedDecision): string {
  const people = who.map((name) => text(name)).join(' or ') || `anybody but ${text(requestedBy)}, who asked for it`;
  return identity === 'asserted' ? people : `${people}, with an ID token of ${text(issuer ?? 'the configured issuer')}`;
}

function approveCommand(workflowId: string, { gate, digest, identity, needsKid }: AwaitedDecision): string {
  const more = [...(needsKid ? ["--kid '…'"] : []), ...(identity === 'verified' ? ["--id-token-file '…'"] : [])];
  return [
    `digdir approve ${shellWord(workflowId)} --gate ${gate}`,
    `--digest ${digest}`,
    ["--reason '…'", ...more].join(' '),
  ].join(' \\\n  ');
}

const approval = ({ gate, digest, identity, needsKid }: AwaitedDecision): Decision => ({
  gate,
  verdict: 'approve',
  by: 'your name',
  reason: 'why',
  digest,
  ...(needsKid ? { kid: 'the kid that Digdir shows' } : {}),
  ...(identity === 'verified' ? { idToken: 'an ID token whose audience or nonce is the digest' } : {}),
});

export const lastTime = ({ refusal }: Awaiting): string[] => (refusal ? [`**Last time:** ${text(refusal)}`] : []);

export const period = ({ since, until }: Awaiting): Fact[] => [
  ['Since', moment(since)],
  ['Until', `${moment(until)}, then it ends as expired`],
];

const shownDecisions = 5;

export function describeDecisions(decisions: readonly RecordedDecision[]): string {
  const lines = decisions
    .slice(-shownDecisions)
    .toReversed()
    .map(({ at, decidedBy, verdict, gate, via, reason, outcome, code: refused }) => {
      const became = refused ? `**refused** (${code(refused)}): ${explain(refused)}` : `**${outcome}**.`;
      const said = reason ? `, “${text(reason, 200)}”` : '';
      return `- ${moment(at)}, ${text(decidedBy, 100)}: ${text(verdict)} ${text(gate)} by ${via}${said}. ${became}`;
    });
  const earlier = decisions.length - lines.length;
  return [...lines, ...(earlier > 0 ? [`- ${earlier} earlier: query \`status\``] : [])].join('\n');
}

function explain(refused: FailureCode): string {
  const { title, remedy } = failureOf(refused);
  return `${title}. ${remedy}`;
}
