/**
 * Which scopes the organisation's clients may have: those that their owners gave it, and those that are open to all. Asked
 * for once for many clients, and again when one is not among them, so that access which was just given counts at once.
 */

import type { Limits } from './limits.ts';
import type { Scopes } from './scopes.ts';

export type ScopeAccess = ReturnType<typeof createScopeAccess>;

/** Milliseconds. What is open now may be closed later, so that nothing is remembered for longer. */
const kept = 600_000;

type Known = { readonly at: number; readonly scopes: Promise<ReadonlySet<string>> };

export function createScopeAccess(scopes: Pick<Scopes, 'accessesGiven' | 'openScopes'>, clock: { now(): Date }) {
  const known = new Map<string, Known>();

  function ask(organisation: string, token: string, limits: Limits): Known {
    const lists = [scopes.accessesGiven(token, limits), scopes.openScopes(limits)];
    const found = Promise.all(lists).then((all) => new Set(all.flat()));
    const asked = { at: clock.now().getTime(), scopes: found };
    known.set(organisation, asked);
    found.catch(() => {
      if (known.get(organisation) === asked) known.delete(organisation);
    });
    return asked;
  }

  return {
    /** Of the scopes that are wanted, the ones that the organisation has access to. */
    async accessible(
      organisation: string,
      wanted: readonly string[],
      token: string,
      limits: Limits,
    ): Promise<readonly string[]> {
      const begun = clock.now().getTime();
      const before = known.get(organisation);
      const isFresh = before !== undefined && begun - before.at < kept;
      const first = await (isFresh ? before : ask(organisation, token, limits)).scopes;
      if (wanted.every((scope) => first.has(scope))) return wanted;
      // What is missing may have been given since: whoever asks later than it was looked up looks again.
      const last = known.get(organisation);
      const later = last && last.at >= begun ? await last.scopes : await ask(organisation, token, limits).scopes;
      return wanted.filter((scope) => later.has(scope));
    },
  };
}
