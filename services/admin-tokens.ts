/**
 * Admin tokens, kept until shortly before they end: one token, and one KMS signature, for any number of calls. A proof
 * never takes a token from here.
 */

import type { Token } from './maskinporten.ts';

export type AdminTokens = ReturnType<typeof createAdminTokens>;

/** Milliseconds before its end from which a token is no longer handed out: time for the call that bears it. */
const margin = 10_000;

export function createAdminTokens(clock: { now(): Date }) {
  const fetched = new Map<string, Promise<{ readonly token: Token; readonly until: number }>>();

  return {
    /**
     * The token of these credentials and scopes (`key` names both), fetched by one caller at a time: who comes meanwhile
     * gets the same one, or the same error.
     */
    async take(key: string, fetch: () => Promise<Token>): Promise<string> {
      const before = fetched.get(key);
      const held = await before?.catch(() => undefined);
      if (held && held.until > clock.now().getTime()) return held.token.accessToken;
      const meanwhile = fetched.get(key);
      const next = meanwhile && meanwhile !== before ? meanwhile : begin(key, fetch);
      return (await next).token.accessToken;
    },

    /** Forgets a token that Digdir refuses. */
    drop(key: string): void {
      fetched.delete(key);
    },
  };

  function begin(key: string, fetch: () => Promise<Token>) {
    const asked = clock.now().getTime();
    const fetching = fetch().then((token) => {
      // A life shorter than the margin is used for its first half.
      const life = token.expiresIn * 1000;
      return { token, until: asked + Math.max(life - margin, life / 2) };
    });
    fetched.set(key, fetching);
    fetching.catch(() => {
      if (fetched.get(key) === fetching) fetched.delete(key);
    });
    return fetching;
  }
}
