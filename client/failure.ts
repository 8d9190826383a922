/** A failure as a command reports it: a document for programs, lines for people. */

import { describeFinding, failureOf } from '../domain/failures.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';

type Failed = { readonly code: FailureCode; readonly message: string; readonly findings: readonly Finding[] };

/** For `--json`: with what to do about it. */
export const failureDocument = ({ code, message, findings }: Failed) => ({
  code,
  message,
  remedy: failureOf(code).remedy,
  findings,
});

/** Each finding on a line of its own; without findings what happened, what to do and the code. */
export function failureLines({ code, message, findings }: Failed): string[] {
  if (findings.length > 0) return findings.map(describeFinding);
  const { title, remedy } = failureOf(code);
  const said = message === '' || message === title ? title : `${title}: ${message}`;
  return [`${/[.!?]$/.test(said) ? said : `${said}.`} ${remedy} [${code}]`];
}
