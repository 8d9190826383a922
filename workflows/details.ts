/**
 * What the Temporal UI shows of a run (tab User Metadata), in Markdown, for the person who opens it: what is awaited, from
 * whom, since when, until when, what to check, and how to answer; then what was decided and done.
 *
 * The UI puts the whole text into the address of a frame half a page wide, and many reverse proxies refuse addresses of
 * more than 8 KB: so it is brief, has lists (they wrap, tables do not), and leaves to the other tabs what they show.
 */

import type { Certificate } from '../domain/certificate.ts';
import type { Finding } from '../domain/failures.ts';
import type { RunOutcome, Resources } from '../domain/onboarding.ts';
import type { DigestedPlan, Plan } from '../domain/plan.ts';
import { describeDecisions, describeGate, lastTime, period } from './gate-details.ts';
import { block, code, list, moment, shellWord, text } from './markdown.ts';
import type { Fact } from './markdown.ts';
import type { AwaitedDecision, Awaiting, RunStatus } from './messages.ts';

type AwaitedKey = Extract<Awaiting, { what: 'wrapped-key' }>;

/** The details of the run as it stands. Whatever people or certificates say in it shows as plain text. */
export function describeRun(status: RunStatus): string {
  const { awaiting, phase, certificate, resources } = status;
  const plan = status.plans.find((other) => other.plan.phase === phase);
  const parts = [describeState(status)];
  if (status.decisions.length > 0) parts.push('### Decisions, latest first', describeDecisions(status.decisions));
  if (plan) parts.push(describePlan(plan));
  // At a gate the certificate is among what is to be checked.
  if (certificate && awaiting?.what !== 'decision') parts.push('### Certificate', list(certificateFacts(certificate)));
  if (phase === 'ended' && resources) parts.push('### Resources', describeResources(resources));
  if (status.steps.length > 0) parts.push('### Steps', describeSteps(status));
  if (status.notices.length > 0) parts.push('### Worth knowing', describeNotices(status.notices));
  return parts.join('\n\n');
}

function describeState(status: RunStatus): string {
  const { awaiting, phase, outcome } = status;
  if (phase === 'ended') return outcome ? ends[outcome] : '## Ended\n\nNothing is awaited. The tab Timeline tells why.';
  if (!awaiting) return [`## Phase ${phase}\n\nNothing is awaited from people.`, ...describeProof(status)].join('\n\n');
  if (awaiting.what === 'wrapped-key') return describeAwaitedKey(status, awaiting);
  if (awaiting.what === 'certificate') return describeAwaitedCertificate(status, awaiting);
  if (awaiting.what === 'decision') return describeAwaitedDecision(status, awaiting);
  return awaiting.what === 'soak' ? describeSoak(status, awaiting) : describeDrain(awaiting);
}

/** What may be a change that has not arrived is tried again meanwhile; only Temporal knows with what answers. */
function describeProof({ workflowId, steps, request }: RunStatus): string[] {
  const proof = steps.find(({ kind, state }) => kind === 'verify-assertion' && state === 'running');
  if (!proof) return [];
  const until = new Date(Date.parse(proof.startedAt) + request.pace.propagation * 1000).toISOString();
  return [
    '### What is tried',
    list([
      ['What', text(proof.change)],
      ['Since', moment(proof.startedAt)],
      [
        'Until',
        `${moment(until)} at most: a change at Digdir may take that long to arrive. Then its answer is shown at the gate`,
      ],
    ]),
    'What Digdir answered last stands in the tab *Pending Activities*, and is what this command says:',
    block('sh', `digdir status --workflow ${shellWord(workflowId)}`),
  ];
}

function describeAwaitedCertificate({ workflowId, request }: RunStatus, awaiting: Awaiting): string {
  return [
    '## Awaited: the new certificate',
    ...lastTime(awaiting),
    list([['From', 'whoever ordered it'], ...period(awaiting)]),
    '### What to do',
    [
      `Order a business certificate for organisation ${code(request.organisation)}, if that was not done, then run the`,
      '`digdir rotate-certificate` command that started this run once more, with `--key-file` and the new key file.',
      `It finds ${code(workflowId)}, and hands in the chain, then the wrapped key.`,
    ].join(' '),
    '**Never paste a key here**: all that is sent from this page is stored and can be read.',
  ].join('\n\n');
}

/** Time is awaited, not a person; who is not content can say so. */
function describeSoak({ workflowId }: RunStatus, awaiting: Awaiting): string {
  return [
    '## The new certificate is in use',
    ...lastTime(awaiting),
    list([
      ['Since', moment(awaiting.since)],
      ['Until', `${moment(awaiting.until)}, then the old key version is retired`],
    ]),
    'Nothing is awaited. Does something not work? Until then one command goes back to the old certificate:',
    block('sh', `digdir roll-back ${shellWord(workflowId)} --reason '…'`),
    'Or here: *More Actions*, *Send a Signal* (or *an Update*), `rollBack`, and as data `{ "by": "your name", "reason": "why" }`.',
  ].join('\n\n');
}

function describeDrain({ since, until }: Awaiting): string {
  return [
    '## The old certificate is in use again',
    list([
      ['Since', moment(since)],
      ['Until', `${moment(until)}, then the new key version is disabled: by then nobody uses it any more`],
    ]),
    'Nothing is awaited.',
  ].join('\n\n');
}

const ends: Record<RunOutcome, string> = {
  onboarded:
    '## Onboarded\n\nDigdir accepts the assertion. The result (tab Timeline) holds the YAML to hand over: `handover.yaml`.',
  rotated:
    '## Rotated\n\nThe new certificate is in use, and no old key version is. The result (tab Timeline) holds what to hand over.',
  'rolled-back':
    '## Rolled back\n\nThe former certificate is in use again. The result (tab Timeline) tells by whom, and why.',
  unchanged: '## Unchanged\n\nEverything was as it should be.',
  rejected: '## Rejected\n\nThe result (tab Timeline) tells why, and what was disabled.',
  expired: '## Expired\n\nNobody answered in time. The result (tab Timeline) tells what was disabled.',
  withdrawn: '## Withdrawn\n\nThe result (tab Timeline) tells by whom, why, and what was disabled.',
};

function describeAwaitedKey({ workflowId, request }: RunStatus, awaiting: AwaitedKey): string {
  return [
    '## Awaited: the private key, wrapped',
    ...lastTime(awaiting),
    list([['From', `${text(request.requestedBy)}, who started this run`], ...period(awaiting)]),
    '### What to do',
    [
      `Run the \`digdir\` command that started ${code(workflowId)} again. It finds this run, wraps the key on your`,
      'machine for the import job below, and hands over the ciphertext.',
    ].join(' '),
    code(awaiting.importJob),
    '**Never paste a key here**: all that is sent from this page is stored and can be read.',
  ].join('\n\n');
}

function describeAwaitedDecision(status: RunStatus, awaiting: AwaitedDecision): string {
  const plan = status.plans.find(({ digest }) => digest === awaiting.digest)?.plan;
  const facts = plan ? [list([...subjectFacts(plan), ...certificateFacts(plan.subject.certificate)])] : [];
  const replaced = plan?.subject.replaces ? ['In the place of', list(certificateFacts(plan.subject.replaces))] : [];
  return describeGate(status.workflowId, awaiting, [whatToCheck(awaiting, status, plan), ...facts, ...replaced]);
}

function whatToCheck({ gate, needsKid }: AwaitedDecision, { request, kid }: RunStatus, plan: Plan | undefined): string {
  if (gate === 'custody') return 'The plan below, before anything of it is created.';
  if (gate === 'activation') return 'That this certificate may be used from now on.';
  if (gate === 'retirement')
    return 'That everything works with the new certificate, as the old key goes out of use now: the plan below says how.';
  const { assertion } = request.client;
  if (plan?.subject.replaces) {
    const confirm = plan.steps.find(({ kind }) => kind === 'confirm-registration');
    return `${text(confirm?.change ?? 'a person confirms that Digdir knows the new certificate')}.`;
  }
  const underKid = needsKid ? 'and its `kid` goes into your answer' : `under the kid ${code(kid ?? '')}`;
  const keys =
    assertion === 'kid'
      ? `This certificate, or its key, is registered on the client, ${underKid}.`
      : 'No keys are registered on the client, and it is locked to no other certificate than this.';
  return `1. At Digdir, the client exists in this environment, with these scopes.\n2. ${keys}`;
}

const subjectFacts = ({ subject: { environment, organisation, clientId, scopes } }: Plan): Fact[] => [
  ['Environment', environment],
  ['Organisation', code(organisation)],
  ['Client', code(clientId)],
  ['Scopes', scopes.map(code).join(', ')],
];

const certificateFacts = (certificate: Certificate): Fact[] => [
  ['Certificate of', text(certificate.subject)],
  ['Issued by', text(certificate.issuer)],
  ['Serial number', code(certificate.serialNumber)],
  ['SHA-256 fingerprint', code(certificate.fingerprint)],
  ['Valid', `${moment(certificate.notBefore)} to ${moment(certificate.notAfter)}`],
];

function describePlan({ plan, digest }: DigestedPlan): string {
  const steps = plan.steps.map(({ change, reason, risk }, index) => {
    const flag = risk === 'notable' ? '**notable:** ' : '';
    return `${index + 1}. ${flag}${text(change)} (${text(reason)})`;
  });
  const heading = `### Plan of ${plan.phase}`;
  if (steps.length === 0) return `${heading}\n\nNothing to do.`;
  return `${heading}\n\n${steps.join('\n')}\n\nDigest ${code(digest)}`;
}

function describeResources({ keyVersion, chainVersion, clientIdVersion }: Resources): string {
  return [keyVersion, chainVersion, clientIdVersion].map((name) => `- ${code(name)}`).join('\n');
}

/** Those that are done in number only: the tab Timeline has them one by one. What is awaited has been said. */
function describeSteps({ steps, awaiting }: RunStatus): string {
  const done = steps.filter(({ state }) => state === 'done').length;
  const others = steps.filter(({ state }) => state === 'failed' || (state === 'running' && !awaiting));
  const lines = others.map((step) => `- ${step.state} since ${moment(step.startedAt)}: ${text(step.change)}`);
  return [`- ${done} done`, ...lines].join('\n');
}

function describeNotices(notices: readonly Finding[]): string {
  return notices.map(({ where, message }) => `- **${text(where)}**: ${text(message)}`).join('\n');
}
