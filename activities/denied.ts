/**
 * Google's denials where they are an answer: what nobody has made yet, or granted yet, is denied to whoever has rights on
 * no more than single resources.
 */

import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import type { Services } from './services.ts';

export const isDenied = (error: unknown): boolean => error instanceof Refusal && error.code === 'GOOGLE_DENIED';

/** For `catch`: a denial is nothing, and everything else is thrown on. */
export function unlessDenied(error: unknown): undefined {
  if (!isDenied(error)) throw error;
}

/** For `catch`, when the secret was asked for: a denial is nothing while there is no such secret. */
export const unlessThere =
  ({ secrets }: Services, secret: string, limits: Limits) =>
  async (error: unknown): Promise<undefined> => {
    if (!isDenied(error) || (await secrets.secret(secret, limits))) throw error;
  };
