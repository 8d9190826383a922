/** The invariants of an onboarding that was rejected, whatever befell it: nothing that it made can be used. */

import { enabledVersions, keyVersions, withoutProject } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { importedAgain, missingOrOrphaned, otherRights, otherThanOneRecord } from './onboarded.ts';
import type { Invariant } from './scenario.ts';

export const rejected: readonly Invariant<Evidence>[] = [
  {
    name: 'the run ends rejected',
    breach: ({ result }) => (result.outcome === 'rejected' ? undefined : `${result.outcome}: ${result.reason}`),
  },
  { name: 'no key version is left enabled', breach: enabledKey },
  { name: 'the key is imported once', breach: importedAgain },
  { name: 'each resource exists once, and no other', breach: missingOrOrphaned },
  { name: 'no chain, client id or active document is left enabled', breach: enabledSecret },
  { name: 'what was disabled is told', breach: untold },
  { name: 'one record of the run', breach: otherThanOneRecord },
  { name: 'exactly the expected rights', breach: otherRights },
];

function enabledKey(evidence: Evidence): string | undefined {
  const enabled = keyVersions(evidence).filter(({ state }) => state === 'ENABLED');
  return enabled.length === 0 ? undefined : enabled.map(({ name }) => name).join(', ');
}

function enabledSecret(evidence: Evidence): string | undefined {
  const { chain, clientId, active } = evidence.expected;
  const enabled = [chain, clientId, active].filter((secret) => enabledVersions(evidence, secret).length > 0);
  return enabled.length === 0 ? undefined : enabled.join(', ');
}

/** A double may have been disabled by custody already; the one version that custody kept has to be told. */
function untold(evidence: Evidence): string | undefined {
  const { result, expected } = evidence;
  const missing = [expected.cryptoKey, expected.chain, expected.clientId].filter(
    (name) => !result.tidied.some((line) => line.startsWith('disabled ') && line.includes(`${name}/`)),
  );
  return missing.length === 0 ? undefined : `nothing is said of ${missing.map(withoutProject).join(', ')}`;
}
