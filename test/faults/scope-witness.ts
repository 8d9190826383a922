/** Looks at the scopes that a client exposes after every call that may have changed them, and when all is done. */

import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import type { Call } from '../../local/calls.ts';
import { changesSomething } from './fault.ts';
import { exposedAfterwards, exposedAlways, showScopes } from './exposed.ts';
import { judgeAll } from './scenario.ts';
import type { Broken } from './scenario.ts';
import type { Stage } from './stage.ts';

export type ScopeWitness = {
  readonly see: (call: Call) => void;
  /** What was not so at some time, and what is not so now. */
  judge(): readonly Broken[];
};

/** Compares with what is there now. `declared`: what the client shall expose in the end; nothing when it is to be removed. */
export function createScopeWitness(
  stage: Stage,
  client: OAuthClientName,
  declared: readonly ExposedScope[] | undefined,
): ScopeWitness {
  const before = showScopes(stage, client);
  const breaches = new Map<string, Broken>();
  const evidence = () => ({
    before,
    now: showScopes(stage, client),
    declared: declared ?? [],
    isRemoved: declared === undefined,
  });
  return {
    see(call) {
      if (!changesSomething(call)) return;
      const { index, method } = call;
      for (const { invariant, reason } of judgeAll(exposedAlways, evidence())) {
        if (breaches.has(invariant)) continue;
        breaches.set(invariant, { invariant, reason: `${reason}, after call ${index}, ${method}` });
      }
    },
    judge: () => [
      ...breaches.values(),
      ...judgeAll(exposedAfterwards, evidence()).filter(({ invariant }) => !breaches.has(invariant)),
    ],
  };
}
