/**
 * What the Temporal UI shows of a run, in Markdown, for the person who opens it: what is awaited, from whom, since when,
 * what to check, and how to answer.
 */

import type { Certificate } from '../domain/certificate.ts';
import { failureOf } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import type { RecordedDecision } from '../domain/approval.ts';
import type { DigestedPlan } from '../domain/plan.ts';
import type { StepRecord } from '../domain/onboarding.ts';
import type { Awaiting, RunStatus } from './messages.ts';

export function describeRun(status: RunStatus): string {
  const { request, phase, awaiting } = status;
  const plan = status.plans.find((other) => other.plan.phase === phase);
  return [
    `# ${request.kind} admin client of ${request.tenant} (${request.environment})`,
    awaiting ? describeAwaiting(status, awaiting) : `**Phase ${phase}.** Nothing is awaited from people.`,
    ...(status.certificate ? [describeCertificate(status.certificate)] : []),
    ...(plan ? [describePlan(plan)] : []),
    ...(status.steps.length > 0 ? [describeSteps(status.steps)] : []),
    ...(status.decisions.length > 0 ? [describeDecisions(status.decisions)] : []),
    ...(status.notices.length > 0 ? [describeNotices(status.notices)] : []),
  ].join('\n\n');
}

function describeAwaiting(status: RunStatus, awaiting: Awaiting): string {
  const refusal = awaiting.refusal ? [`> Last time: ${cell(awaiting.refusal)}`] : [];
  if (awaiting.what === 'wrapped-key') {
    return [
      '## Awaited: the private key, wrapped',
      ...refusal,
      `From: **${cell(status.request.requestedBy)}**, who started this run. Since ${awaiting.since}, until ${awaiting.until}.`,
      'What to do: run the same `digdir onboard` command again. It attaches to this run, wraps the key on your machine for the',
      `public key of \`${awaiting.importJob}\`, and hands over the ciphertext. Never paste a key here.`,
    ].join('\n\n');
  }
  const { gate, missing, who, since, until, digest, identity } = awaiting;
  const whom = who.length > 0 ? who.map(cell).join(', ') : `anybody but ${cell(status.request.requestedBy)}`;
  return [
    `## Awaited: ${missing} ${missing === 1 ? 'approval' : 'approvals'} at gate \`${gate}\``,
    ...refusal,
    `From: **${whom}** (identity ${identity}). Since ${since}, until ${until}.`,
    `What to check: ${whatToCheck[gate]}`,
    'How to answer, by command:',
    `    digdir approve '${status.workflowId}' --gate ${gate} --digest ${digest} --reason '…'${awaiting.needsKid ? ' --kid …' : ''}`,
    'or here, by sending the signal (or update) `decide` with:',
    `    ${JSON.stringify({
      gate,
      verdict: 'approve',
      by: 'your name',
      reason: 'why',
      digest,
      ...(awaiting.needsKid ? { kid: 'the kid that Digdir shows' } : {}),
    })}`,
  ].join('\n\n');
}

const whatToCheck = {
  custody: 'the plan below, before anything is created.',
  registration:
    'that the client exists at Digdir in this environment, has the scopes below, and knows the certificate below (subject, serial number, fingerprint) in the way that the plan says.',
  activation: 'that the certificate below may be used from now on: all readers take it within a minute.',
};

function describeCertificate(certificate: Certificate): string {
  return table(
    ['Certificate', ''],
    [
      ['Subject', certificate.subject],
      ['Issuer', certificate.issuer],
      ['Serial number', certificate.serialNumber],
      ['SHA-256 fingerprint', certificate.fingerprint],
      ['Valid', `${certificate.notBefore} to ${certificate.notAfter}`],
      ['Organisation', certificate.organisation],
    ],
  );
}

function describePlan({ plan, digest }: DigestedPlan): string {
  const heading = `## Plan of ${plan.phase}`;
  if (plan.steps.length === 0) return `${heading}\n\nNothing to do.`;
  const rows = plan.steps.map(({ change, reason, risk }) => [change, reason, risk]);
  const about = `Client \`${cell(plan.subject.clientId)}\`, scopes \`${cell(plan.subject.scopes.join(' '))}\`, digest \`${digest}\``;
  return [heading, about, table(['Change', 'Why', 'Risk'], rows)].join('\n\n');
}

function describeSteps(steps: readonly StepRecord[]): string {
  const rows = steps.map(({ change, state, startedAt, endedAt }) => [change, state, startedAt, endedAt ?? '']);
  return `## Steps\n\n${table(['Step', 'State', 'From', 'To'], rows)}`;
}

function describeDecisions(decisions: readonly RecordedDecision[]): string {
  const rows = decisions
    .slice(-20)
    .map(({ gate, verdict, decidedBy, reason, at, outcome, code }) => [
      gate,
      verdict,
      decidedBy,
      at,
      code ? `${outcome}: ${failureOf(code).title} (${code})` : outcome,
      reason,
    ]);
  return `## Decisions\n\n${table(['Gate', 'Verdict', 'By', 'At', 'Outcome', 'Reason'], rows)}`;
}

function describeNotices(notices: readonly Finding[]): string {
  return `## Worth knowing\n\n${notices.map(({ where, message }) => `- ${cell(where)}: ${cell(message)}`).join('\n')}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text of people and certificates, so that it cannot break out of its cell or pass for a heading or a link. */
const cell = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|`*_<>[\]#]/g, String.raw`\$&`)
    .slice(0, 600);
