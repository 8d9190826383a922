/** Retirement: which key versions a client no longer uses, and what takes them out of use. */

import type { ActiveDocument, ObservedActive } from './active-document.ts';
import { sameSet } from './activation.ts';
import type { KeyVersionState } from './custody.ts';
import { lastPart, parentOf, sameResource } from './names.ts';
import type { OnboardingRequest } from './onboarding.ts';
import type { RetirementStep } from './plan.ts';

export type FormerKey = {
  readonly name: string;
  readonly state: KeyVersionState;
  /** Name of the last document that it was active by. */
  readonly document: string;
};

/**
 * Key versions that documents named and that none uses now, latest first. `used` are those of the active documents of
 * the tenant's clients, which may share a key.
 */
export function formerKeys(
  documents: readonly ObservedActive[],
  used: readonly string[],
): { readonly name: string; readonly document: string }[] {
  const former: { name: string; document: string }[] = [];
  for (const { version, document } of documents.toReversed()) {
    const { keyVersion } = document;
    const known = [...used, ...former.map(({ name }) => name)].some((name) => sameResource(name, keyVersion));
    if (!known) former.push({ name: keyVersion, document: version });
  }
  return former;
}

/** Whether two documents have the client ask for tokens in the same way. */
export function sameCredentials(one: ActiveDocument, other: ActiveDocument): boolean {
  const [mine, theirs] = [one.assertion, other.assertion];
  const kid = mine.style === 'x5c' || (theirs.style === 'kid' && mine.kid === theirs.kid);
  return (
    mine.style === theirs.style &&
    kid &&
    one.clientId === other.clientId &&
    sameResource(one.keyVersion, other.keyVersion) &&
    sameResource(one.chainVersion, other.chainVersion) &&
    sameSet(one.scopes, other.scopes)
  );
}

/** What takes the former keys out of use, once the active one is proven again; nothing where they are out of use. */
export function planRetirement(
  request: OnboardingRequest,
  active: ObservedActive,
  former: readonly FormerKey[],
): RetirementStep[] {
  const steps = former.flatMap((key) => retire(key, request.replaces?.retire === 'destroy'));
  if (steps.length === 0) return [];
  return [
    {
      kind: 'verify-active',
      resource: active.version,
      change: 'take a token by the active document',
      reason: 'nothing old goes before the new is proven once more',
      risk: 'routine',
    },
    ...steps,
  ];
}

function retire({ name, state, document }: FormerKey, destroy: boolean): RetirementStep[] {
  const version = `version ${lastPart(name)} of ${lastPart(parentOf(name))}`;
  const reason = `no document has named it since ${lastPart(parentOf(document))}, version ${lastPart(document)}`;
  const steps: RetirementStep[] = [];
  if (state === 'ENABLED') {
    steps.push({ kind: 'disable-key-version', resource: name, change: `disable ${version}`, reason, risk: 'notable' });
  }
  if (destroy && (state === 'ENABLED' || state === 'DISABLED')) {
    const change = `have ${version} destroyed, which can be taken back until its time is up`;
    steps.push({ kind: 'destroy-key-version', resource: name, change, reason, risk: 'notable' });
  }
  return steps;
}
