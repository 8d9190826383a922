/**
 * Google's denials where they are an answer: what nobody has made yet, or granted yet, is denied to whoever has rights on
 * no more than single resources.
 */

import { Refusal } from '../domain/refusal.ts';

export const isDenied = (error: unknown): boolean => error instanceof Refusal && error.code === 'GOOGLE_DENIED';

/** For `catch`: a denial is nothing, and everything else is thrown on. */
export function unlessDenied(error: unknown): undefined {
  if (!isDenied(error)) throw error;
}
