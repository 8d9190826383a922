/** Looks at the scopes that a client exposes. */

import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import { exposedAfterwards, exposedAlways, showScopes } from './exposed.ts';
import { createSideWitness } from './side-witness.ts';
import type { SideWitness } from './side-witness.ts';
import type { Stage } from './stage.ts';

/**
 * Compares with what is there now. `declared`: what the client shall expose in the end; nothing when it is to be removed.
 * `left`: names of scopes that bear the client's mark, and that it shall leave to themselves all the same.
 */
export function createScopeWitness(
  stage: Stage,
  client: OAuthClientName,
  declared: readonly ExposedScope[] | undefined,
  left: readonly string[] = [],
): SideWitness {
  const before = showScopes(stage, client, left);
  return createSideWitness({
    always: exposedAlways,
    afterwards: exposedAfterwards,
    evidence: () => ({
      before,
      now: showScopes(stage, client, left),
      declared: declared ?? [],
      isRemoved: declared === undefined,
    }),
  });
}
