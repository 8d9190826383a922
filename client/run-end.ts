/** How following a run ends, and what the command exits with for it. */

import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { failureOf, isFailureCode } from '../domain/failures.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import type { OnboardingResult, Resources, RunOutcome } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ClientKind } from '../domain/tenant.ts';
import type { Awaiting } from '../workflows/messages.ts';
import { interruptedExitCode } from './interruption.ts';

export type FailedEnd = {
  readonly state: 'failed';
  readonly code: FailureCode;
  readonly message: string;
  readonly findings: readonly Finding[];
};

export type RunEnd<Result = OnboardingResult> =
  | { readonly state: 'ended'; readonly result: Result }
  | FailedEnd
  /** The run goes on without the command, which was told not to wait. */
  | { readonly state: 'waiting'; readonly awaiting: Awaiting }
  /** The new certificate is in use, and the run goes on without the command until the old key is retired. */
  | { readonly state: 'soaking'; readonly awaiting: Awaiting; readonly resources?: Resources }
  /** The run goes on without the command, which was interrupted. */
  | { readonly state: 'left' };

/** What became of one admin client's run, as the command reports it. */
export type ClientRun = {
  readonly kind: ClientKind;
  readonly workflowId: string;
  readonly runId?: string;
  /** Its page in the Temporal UI. */
  readonly link?: string;
  /** The run was there already. */
  readonly attached: boolean;
  readonly exitCode: number;
  readonly end: RunEnd;
};

export const waitingExitCode = 4;
/** Done in part: what is missing was told. */
export const partlyExitCode = 9;

export function exitCodeOf(end: RunEnd): number {
  if (end.state === 'waiting') return waitingExitCode;
  if (end.state === 'left') return interruptedExitCode;
  if (end.state === 'soaking') return 0;
  if (end.state === 'failed') return failureOf(end.code).exitCode;
  return well.includes(end.result.outcome) ? 0 : failureOf('REJECTED').exitCode;
}

const well: readonly RunOutcome[] = ['onboarded', 'rotated', 'unchanged'];

/** From worst to best. */
const severity = [interruptedExitCode, 1, 2, 3, 6, 5, partlyExitCode, waitingExitCode, 0];

/** The exit code for several runs: the worst, or 9 when some ended well and others did not. */
export function worstExitCode(codes: readonly number[]): number {
  const worst = severity.find((code) => codes.includes(code)) ?? 0;
  const endedBadly = worst !== waitingExitCode && worst !== interruptedExitCode && worst !== 0;
  return endedBadly && codes.includes(0) ? partlyExitCode : worst;
}

/** What an error that ended a workflow, or following it, means: its failure code and findings, as deep inside as they are. */
export function failedEnd(error: unknown): FailedEnd {
  if (error instanceof Refusal) {
    return { state: 'failed', code: error.code, message: error.message, findings: error.findings };
  }
  if (error instanceof ApplicationFailure && isFailureCode(error.type)) {
    return { state: 'failed', code: error.type, message: error.message, findings: findingsIn(error.details) };
  }
  if (error instanceof Error && error.cause instanceof Error) return failedEnd(error.cause);
  const message = error instanceof Error ? error.message : String(error);
  const failed = (code: FailureCode): FailedEnd => ({ state: 'failed', code, message, findings: [] });
  if (error instanceof CancelledFailure || error instanceof TerminatedFailure) return failed('WITHDRAWN');
  if (error instanceof TimeoutFailure) return failed('EXPIRED');
  return failed('UNEXPECTED');
}

function findingsIn(details: readonly unknown[] | undefined | null): Finding[] {
  const first = details?.[0];
  if (typeof first !== 'object' || first === null || !('findings' in first) || !Array.isArray(first.findings))
    return [];
  return first.findings.filter(isFinding);
}

function isFinding(value: unknown): value is Finding {
  if (typeof value !== 'object' || value === null) return false;
  const { code, where, message } = value as Partial<Record<keyof Finding, unknown>>;
  return isFailureCode(code) && typeof where === 'string' && typeof message === 'string';
}
