/** What a run waits for, in plain words: what, from whom, until when, and what to type. */

import type { Certificate } from '../domain/certificate.ts';
import type { PlanSubject } from '../domain/plan.ts';
import { compromisedSerial, isRotation } from '../domain/rotation.ts';
import type { AwaitedDecision, Awaiting, RunStatus } from '../workflows/messages.ts';
import { word } from './shell.ts';

/** What the caller typed, and has to type again: the tenant file, and options that every command needs, each after a space. */
export type Typed = { readonly tenantFile?: string; readonly options?: string };

/** Lines for a person; the last one is the command that answers, ready to be copied. */
export function describeAwaiting(status: RunStatus, awaiting: Awaiting, typed: Typed = {}): string[] {
  const { options = '' } = typed;
  const refusal = awaiting.refusal ? [`what came of it last time: ${awaiting.refusal}`] : [];
  if (awaiting.what === 'wrapped-key') {
    return [
      ...refusal,
      `waits for the private key, until ${shortTime(awaiting.until)}; it is wrapped on your machine for ${awaiting.importJob}`,
      `to hand it in: ${handInCommand(status.request, typed)}`,
    ];
  }
  if (awaiting.what === 'certificate') {
    return [
      ...refusal,
      `waits for the new certificate, until ${shortTime(awaiting.until)}`,
      `when you have it: ${handInCommand(status.request, typed)}`,
    ];
  }
  if (awaiting.what === 'soak') {
    return [
      ...refusal,
      `the new certificate is in use; the old key version is retired after ${shortTime(awaiting.until)}`,
      `to go back to the old certificate until then: digdir roll-back ${status.workflowId} --reason 'WHY'${options}`,
    ];
  }
  if (awaiting.what === 'drain') {
    return [`the old certificate is in use again; the new key version is disabled after ${shortTime(awaiting.until)}`];
  }
  return [
    ...refusal,
    awaitedPeople(awaiting),
    ...subjectLines(status, awaiting.gate),
    ...confirmations(status, awaiting.gate),
    `to approve: ${approveCommand(status.workflowId, awaiting, options)}`,
  ];
}

/** Joins the run that waits, which is the one about the compromised certificate where it is; or begins another. */
export function handInCommand(request: RunStatus['request'], { tenantFile, options = '' }: Typed): string {
  const verb = isRotation(request) ? 'rotate-certificate' : 'onboard';
  const serial = compromisedSerial(request);
  const compromised = serial === undefined ? '' : ` --compromised ${word(serial)}`;
  const file = tenantFile === undefined ? 'TENANT_FILE' : word(tenantFile);
  return `digdir ${verb} -f ${file} --client ${request.kind}${compromised} --key-file FILE${options}`;
}

/** What a client's request waits for; the last line is the command that answers, ready to be copied, `options` at its end. */
export const awaitedLines = (workflowId: string, awaiting: AwaitedDecision, options: string): string[] => [
  awaitedPeople(awaiting),
  `to approve: ${approveCommand(workflowId, awaiting, options)}`,
];

/** From whom a decision is awaited, and until when. */
function awaitedPeople(awaiting: AwaitedDecision): string {
  const people = awaiting.missing === 1 ? 'one person' : `${awaiting.missing} more people`;
  const who = awaiting.who.length > 0 ? ` (of ${awaiting.who.join(', ')})` : '';
  const not = `not ${awaiting.requestedBy}, who asked for it`;
  return `waits for the approval of ${people}${who}, ${not}; until ${shortTime(awaiting.until)}`;
}

function subjectLines({ plans, certificate }: RunStatus, gate: string): string[] {
  const subject = plans.findLast(({ plan }) => plan.phase === gate)?.plan.subject;
  if (subject) return certificatesOf(subject);
  return certificate ? certificateLines(certificate) : [];
}

/** The certificate of a plan and, to be seen beside it, the one that it takes the place of. */
export const certificatesOf = ({ certificate, replaces }: Pick<PlanSubject, 'certificate' | 'replaces'>): string[] => [
  ...certificateLines(certificate),
  ...(replaces ? ['in the place of:', ...certificateLines(replaces)] : []),
];

/** What a person is asked to see to with their own eyes. */
function confirmations(status: RunStatus, gate: string): string[] {
  const plan = status.plans.findLast(({ plan }) => plan.phase === gate)?.plan;
  return (plan?.steps ?? [])
    .filter((step) => step.kind === 'confirm-registration')
    .map((step) => `check before you approve: ${step.change}`);
}

/** The command that approves what is awaited; what only a person knows is left to be filled in. */
export function approveCommand(workflowId: string, awaiting: AwaitedDecision, options = ''): string {
  const words = [
    `digdir approve ${workflowId} --gate ${awaiting.gate} --digest ${awaiting.digest}`,
    ...(awaiting.needsKid ? ['--kid KID'] : []),
    ...(awaiting.identity === 'verified' ? ['--id-token-file FILE'] : []),
    "--reason 'WHY'",
  ];
  return `${words.join(' ')}${options}`;
}

/** What people compare a certificate by. */
const certificateLines = (certificate: Certificate): string[] => [
  `certificate ${certificate.subject}, serial number ${certificate.serialNumber}`,
  `SHA-256 ${certificate.fingerprint}, valid ${shortTime(certificate.notBefore)} to ${shortTime(certificate.notAfter)}`,
];

/** `2026-12-06 10:00 UTC` of an ISO 8601 time. */
export const shortTime = (iso: string): string => {
  const time = new Date(iso);
  return Number.isNaN(time.valueOf()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
};
