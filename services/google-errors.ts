/** What Google Cloud refuses, in terms of our failure codes. */

import { Refusal } from '../domain/refusal.ts';

/** gRPC status codes (google.rpc.Code). */
export const status = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export function hasStatus(error: unknown, code: number): boolean {
  return statusOf(error) === code;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

const passing: readonly number[] = [
  status.cancelled,
  status.deadlineExceeded,
  status.resourceExhausted,
  status.internal,
  status.unavailable,
  status.unauthenticated,
  2,
];

/** The error of a Google client as a `Refusal`; anything else as it is. `doing` says what was tried, for the person. */
export function googleRefusal(error: unknown, doing: string): unknown {
  const code = statusOf(error);
  if (error instanceof Refusal || code === undefined || !(error instanceof Error)) return error;
  const detail = 'details' in error && typeof error.details === 'string' ? error.details : error.message;
  const message = `${doing}: ${detail}`;
  if (code === status.permissionDenied) return new Refusal('GOOGLE_DENIED', message);
  if (code === status.aborted) return new Refusal('STATE_CONFLICT', message);
  if (passing.includes(code)) return new Refusal('GOOGLE_UNAVAILABLE', message);
  return new Refusal('GOOGLE_REFUSED', message);
}

/** Runs a call; its error, if any, becomes a `Refusal`. */
export async function asking<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw googleRefusal(error, doing);
  }
}

/** Like `asking`, but nothing (`undefined`) where the resource does not exist. */
export async function lookingFor<T>(doing: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (hasStatus(error, status.notFound)) return undefined;
    throw googleRefusal(error, doing);
  }
}
