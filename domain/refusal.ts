import { failureOf } from './failures.ts';
import type { FailureCode, Finding } from './failures.ts';

/**
 * How services and activities say that something went wrong in a way that is known: with a code of `failures.ts`, and in
 * words that may be shown. Carries no key, token or payload, ever.
 */
export class Refusal extends Error {
  readonly code: FailureCode;
  readonly findings: readonly Finding[];
  /** Milliseconds after which the remote side asks to be tried again. */
  readonly retryAfter: number | undefined;
  /** Whether trying again may help; else as the class of the code says. */
  readonly passing: boolean;

  constructor(
    code: FailureCode,
    message: string,
    more: { findings?: readonly Finding[]; retryAfter?: number; passing?: boolean } = {},
  ) {
    super(message);
    this.passing = more.passing ?? failureOf(code).failureClass === 'passing';
    this.name = 'Refusal';
    this.code = code;
    this.findings = more.findings ?? [];
    this.retryAfter = more.retryAfter;
  }
}
