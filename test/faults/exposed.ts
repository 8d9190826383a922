/** The invariants of the scopes that a client exposes. Names are spelled out here: they are what the product is judged by. */

import { isDeepStrictEqual } from 'node:util';
import type { ExposedScope, OAuthClientName } from '../../domain/oauth-client.ts';
import type { Scope, ScopeAccess } from '../../local/digdir/models.ts';
import { showApplication } from './application.ts';
import type { Invariant } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Scopes and accesses as Digdir has them, those of the client apart from all others. */
export type ShownScopes = {
  readonly own: readonly Scope[];
  readonly others: readonly Scope[];
  readonly accesses: readonly ScopeAccess[];
  /** Those that the client's record claims. */
  readonly claimed: readonly string[];
};

export type ScopeEvidence = {
  readonly before: ShownScopes;
  readonly now: ShownScopes;
  readonly declared: readonly ExposedScope[];
  /** Whether the client was removed: then its record stays as a tombstone. */
  readonly isRemoved: boolean;
};

/** `left`: names of scopes that bear the client's mark and are not its own. */
export function showScopes(stage: Stage, client: OAuthClientName, left: readonly string[]): ShownScopes {
  const { scopes, accesses } = stage.cloud.digdir.inspect();
  const isOwn = ({ name, description }: Scope) =>
    description.endsWith(` - dev:team:${client.name}`) && !left.includes(name);
  const all = scopes.map(({ scope }) => scope);
  return {
    own: all.filter(isOwn),
    others: all.filter((scope) => !isOwn(scope)),
    accesses,
    claimed: showApplication(stage, client).record?.scopes ?? [],
  };
}

const exposedName = ({ prefix, product, separator, name }: ExposedScope): string =>
  `${prefix}:${product}${separator}${name}`;

/** What must be so all the time. */
export const exposedAlways: readonly Invariant<ScopeEvidence>[] = [
  { name: 'scopes of others never change', breach: changedOther },
  { name: 'a scope is on record before it is made', breach: unclaimed },
  { name: 'a consumer that stays never loses access', breach: lostConsumer },
  { name: 'nobody gets access who is not declared', breach: strangerWithAccess },
];

/** What must be so when all is done. */
export const exposedAfterwards: readonly Invariant<ScopeEvidence>[] = [
  { name: 'each declared scope is there once and as declared, and no other is active', breach: otherScopes },
  { name: 'the consumers of each scope are those that are declared', breach: otherConsumers },
  { name: 'consumers of a scope that ended stay on record at Digdir', breach: forgottenConsumers },
  { name: 'the record claims the declared scopes and no other', breach: otherClaims },
];

const named = (scopes: readonly Scope[], name: string) => scopes.filter((scope) => scope.name === name);
const list = (texts: readonly string[]): string => texts.toSorted((a, b) => a.localeCompare(b)).join(', ');

function changedOther({ before, now }: ScopeEvidence): string | undefined {
  return before.others.find((other) => {
    const there = named([...now.own, ...now.others], other.name);
    const accessesTo = ({ accesses }: ShownScopes) => accesses.filter(({ scope }) => scope === other.name);
    return !isDeepStrictEqual(there, [other]) || !isDeepStrictEqual(accessesTo(before), accessesTo(now));
  })?.name;
}

/** One that somebody else made is there before any record is. */
function unclaimed({ before, now }: ScopeEvidence): string | undefined {
  const taken = before.own.map(({ name }) => name).filter((name) => !before.claimed.includes(name));
  return now.own.find(({ active, name }) => active && !now.claimed.includes(name) && !taken.includes(name))?.name;
}

/** Who can use which scope of the client: an access counts while the scope is active. */
const usable = ({ own, accesses }: ShownScopes): string[] =>
  accesses
    .filter(({ scope, state }) => state === 'APPROVED' && named(own, scope)[0]?.active)
    .map(({ scope, consumer }) => `${consumer} to ${scope}`);

const declaredAccesses = (declared: readonly ExposedScope[]): string[] =>
  declared.flatMap((scope) => scope.consumers.map(({ orgno }) => `${orgno} to ${exposedName(scope)}`));

function lostConsumer({ before, now, declared }: ScopeEvidence): string | undefined {
  const staying = usable(before).filter((access) => declaredAccesses(declared).includes(access));
  return staying.find((access) => !usable(now).includes(access));
}

function strangerWithAccess({ before, now, declared }: ScopeEvidence): string | undefined {
  const may = [...usable(before), ...declaredAccesses(declared)];
  return usable(now).find((access) => !may.includes(access));
}

function otherScopes({ now, declared }: ScopeEvidence): string | undefined {
  const [found, wanted] = [now.own.filter(({ active }) => active).map(({ name }) => name), declared.map(exposedName)];
  if (list(found) !== list(wanted)) return `there are ${list(found)}`;
  const different = declared.find((scope) => {
    const [one] = named(now.own, exposedName(scope));
    const isMarked = one?.description.startsWith(`${scope.product} - `);
    return !isMarked || one?.at_max_age !== scope.atMaxAge || one.accessible_for_all !== scope.accessibleForAll;
  });
  return different && `${exposedName(different)} is not as declared`;
}

function otherConsumers({ now, declared }: ScopeEvidence): string | undefined {
  const [found, wanted] = [usable(now), declaredAccesses(declared)].map(list);
  return found === wanted ? undefined : `access has ${found || 'nobody'}`;
}

function forgottenConsumers({ before, now, declared }: ScopeEvidence): string | undefined {
  const ended = before.own.map(({ name }) => name).filter((name) => !declared.map(exposedName).includes(name));
  return ended.find((name) => {
    const [had, has] = [before, now].map(({ accesses }) => accesses.filter(({ scope }) => scope === name));
    return !isDeepStrictEqual(had, has);
  });
}

/** What was removed keeps its claims, so that it is the owner when it is declared again. */
function otherClaims({ before, now, declared, isRemoved }: ScopeEvidence): string | undefined {
  const wanted = isRemoved ? before.claimed : declared.map(exposedName);
  return list(now.claimed) === list(wanted) ? undefined : `it claims ${list(now.claimed) || 'none'}`;
}
