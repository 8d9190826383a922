/** One HTTP request to Digdir, with its time limit, as JSON. What the network or the server will mend is told apart. */

import { Refusal } from '../domain/refusal.ts';
import type { Limits } from './limits.ts';

export type Reply = {
  readonly status: number;
  readonly json: Record<string, unknown>;
  readonly list: readonly unknown[];
};

/** Throws `DIGDIR_UNAVAILABLE` when there is no answer, for 429 (with its `Retry-After`) and for 5xx. */
export async function request(
  address: string,
  options: { method: string; headers?: Record<string, string>; body?: URLSearchParams | string },
  limits: Limits,
): Promise<Reply> {
  const signals = [AbortSignal.timeout(limits.timeout), ...(limits.signal ? [limits.signal] : [])];
  const where = `${options.method} ${address}`;
  try {
    const reply = await fetch(address, {
      ...options,
      headers: { accept: 'application/json', ...options.headers },
      redirect: 'error',
      signal: AbortSignal.any(signals),
    });
    const text = await reply.text();
    if (reply.status === 429 || reply.status >= 500) {
      const retryAfter = retryAfterOf(reply.headers.get('retry-after'));
      throw new Refusal('DIGDIR_UNAVAILABLE', `${where}: HTTP ${reply.status}`, retryAfter ? { retryAfter } : {});
    }
    return { status: reply.status, ...parse(text) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('DIGDIR_UNAVAILABLE', `${where}: ${causeOf(error)}`);
  }
}

function parse(text: string): Omit<Reply, 'status'> {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return { json: {}, list: value };
    return { json: typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}, list: [] };
  } catch {
    return { json: {}, list: [] };
  }
}

/** Milliseconds of a `Retry-After` header (RFC 9110 section 10.2.3), in seconds or as a date. */
export function retryAfterOf(header: string | null): number | undefined {
  if (!header) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

/** Why there was no answer, in the words of whatever was in the way. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
