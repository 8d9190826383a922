/** Token errors that are asked for: the ones that a correct client cannot provoke. */

import { isTokenErrorCode, type TokenErrorCode } from './maskinporten-errors.ts';

export type InjectedTokenError = {
  /** `MP-251`, or the name of an error without a code, such as `unknown-kid`. */
  readonly code: string;
  /** How many requests it answers. */
  readonly times: number;
  /** Only this client's requests; anybody's when absent. */
  readonly clientId?: string;
  /** In place of the error's own HTTP status. */
  readonly status?: number;
  /** Seconds in a `Retry-After` header. */
  readonly retryAfter?: number;
};

type Waiting = Omit<InjectedTokenError, 'code' | 'times'> & { readonly code: TokenErrorCode; left: number };

/** Throws on a code that is not in the table of token errors. */
export function injectedErrors() {
  const waiting: Waiting[] = [];
  return {
    add({ code, times, ...rest }: InjectedTokenError): void {
      if (!isTokenErrorCode(code)) throw new Error(`There is no token error ${code}`);
      waiting.push({ ...rest, code, left: times });
    },
    next(client: string): Omit<Waiting, 'left'> | undefined {
      const found = waiting.find((one) => one.left > 0 && (one.clientId ?? client) === client);
      if (found) found.left -= 1;
      return found;
    },
  };
}
