/**
 * Which scopes the organisation's clients may have: those that their owners gave it, and those that are open to all. Asked
 * for once for many clients, and again when one is not among them, so that access which was just given counts at once.
 */

import type { Limits } from './limits.ts';
import type { SelfService } from './self-service.ts';

export type ScopeAccess = ReturnType<typeof createScopeAccess>;

/** Milliseconds. What is open now may be closed later, so that nothing is remembered for longer. */
const kept = 600_000;

type Known = { readonly at: number; readonly scopes: Promise<ReadonlySet<string>> };

export function createScopeAccess(selfService: SelfService, clock: { now(): Date }) {
  const known = new Map<string, Known>();

  function ask(organisation: string, token: string, limits: Limits): Known {
    const lists = [selfService.accessesGiven(token, limits), selfService.openScopes(limits)];
    const scopes = Promise.all(lists).then((found) => new Set(found.flat()));
    const asked = { at: clock.now().getTime(), scopes };
    known.set(organisation, asked);
    scopes.catch(() => {
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
