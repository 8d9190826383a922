/**
 * Every way in which something ends otherwise than hoped: a stable code, its class, a title and what to do about it.
 *
 * The class decides what becomes of it. `finding`: to be mended before anything is created. `gate`: people have to mend
 * something at Digdir or in the organisation, so the run goes back to their gate. `passing`: time or the network mends
 * it, so it is tried again. `refused`: a remote system says no for good. `ended`: people (or time) ended the run.
 * `defect`: a fault of ours. `notice`: worth saying, stops nothing.
 */

import { approvalsFailures } from './failures/approvals.ts';
import { clientsFailures } from './failures/clients.ts';
import { commandFailures } from './failures/command.ts';
import { custodyFailures } from './failures/custody.ts';
import { documentsFailures } from './failures/documents.ts';
import type { Entry, FailureClass } from './failures/entry.ts';
import { manifestsFailures } from './failures/manifests.ts';
import { remoteFailures } from './failures/remote.ts';
import { watchFailures } from './failures/watch.ts';

export type { FailureClass };

/** What the `digdir` command exits with, per class. */
export const exitCodes: Record<FailureClass, number> = {
  usage: 2,
  finding: 3,
  gate: 6,
  passing: 6,
  refused: 6,
  ended: 5,
  defect: 1,
  notice: 0,
};

const table = {
  ...commandFailures,
  ...documentsFailures,
  ...manifestsFailures,
  ...clientsFailures,
  ...custodyFailures,
  ...remoteFailures,
  ...approvalsFailures,
  ...watchFailures,
};

export type FailureCode = keyof typeof table;

export type Failure = {
  readonly code: FailureCode;
  readonly failureClass: FailureClass;
  readonly exitCode: number;
  readonly title: string;
  readonly remedy: string;
};

/** All that is known of a code. */
export function failureOf(code: FailureCode): Failure {
  const [failureClass, title, remedy]: Entry = table[code];
  return { code, failureClass, exitCode: exitCodes[failureClass], title, remedy };
}

export const failureCodes = Object.keys(table) as readonly FailureCode[];

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(table, value);
}

/** One thing that was found wrong (or worth saying): which, where (file:line:column, resource, field), and in its own words. */
export type Finding = { readonly code: FailureCode; readonly where: string; readonly message: string };

/** Whether a finding stops the run, as opposed to being worth saying. */
export const stops = (finding: Finding): boolean => failureOf(finding.code).failureClass !== 'notice';

/** The finding as one line for a person: where, what, what to do, code. */
export function describeFinding(finding: Finding): string {
  const { remedy } = failureOf(finding.code);
  return `${finding.where}: ${finding.message} ${remedy} [${finding.code}]`;
}
