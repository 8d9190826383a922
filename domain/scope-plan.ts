/**
 * The planner of exposed scopes. A scope has one owner, and nobody else changes it: the client whose mark is in its
 * description, or, where no client's is, the one whose record names it. The mark counts for more: of two that noted a
 * scope as theirs at once, one has made it. What others notice (access given or taken, a scope that ends) is marked as wide.
 */

import type { ClientRecord } from './client-record.ts';
import type { ClientStep, ObservedScope, WantedScope } from './client-step.ts';
import type { Finding } from './failures.ts';
import { scopeChanges, scopeOwner } from './scope-body.ts';

export type ScopePlan = { readonly steps: readonly ClientStep[]; readonly findings: readonly Finding[] };

/** `mark`: of the client. Scopes of its record that are no longer declared are deactivated; their consumers stay as they are. */
export function planScopes(
  mark: string,
  wanted: readonly WantedScope[],
  observed: readonly ObservedScope[],
  record: ClientRecord | undefined,
): ScopePlan {
  const claimed = record?.scopes ?? [];
  const findings = wanted.flatMap((scope) => ownerFindings(mark, scope, observed, claimed));
  if (findings.length > 0) return { steps: [], findings };
  const unclaimed = wanted.map(({ name }) => name).filter((name) => !claimed.includes(name));
  const claim: ClientStep[] =
    unclaimed.length > 0
      ? [
          {
            kind: 'claim-scopes',
            change: `note that ${unclaimed.join(', ')} ${unclaimed.length > 1 ? 'are' : 'is'} this client's`,
            reason: 'a scope has one owner',
            scopes: [...claimed, ...unclaimed],
          },
        ]
      : [];
  const steps = wanted.flatMap((scope) =>
    scopeSteps(
      scope,
      observed.find(({ name }) => name === scope.name),
    ),
  );
  const left = observed.filter(
    (scope) => isOwn(mark, scope, claimed) && !wanted.some(({ name }) => name === scope.name),
  );
  return {
    steps: [...claim, ...steps, ...left.flatMap((scope) => ending(scope, 'it is no longer declared'))],
    findings,
  };
}

/** Of a client that is removed, all scopes end. */
export const planScopeEnds = (mark: string, observed: readonly ObservedScope[], record: ClientRecord): ClientStep[] =>
  observed
    .filter((scope) => isOwn(mark, scope, record.scopes))
    .flatMap((scope) => ending(scope, 'the client that exposes it is no longer wanted'));

function isOwn(mark: string, { name, found }: ObservedScope, claimed: readonly string[]): boolean {
  const owner = found && scopeOwner(found);
  return owner === undefined ? claimed.includes(name) : owner === mark;
}

function ownerFindings(
  mark: string,
  { name }: WantedScope,
  observed: readonly ObservedScope[],
  claimed: readonly string[],
): Finding[] {
  const scope = observed.find((one) => one.name === name);
  const found = scope?.found;
  if (!found || isOwn(mark, scope, claimed)) return [];
  const owner =
    scopeOwner(found) ?? `whoever made it by hand (its description is ${JSON.stringify(found['description'])})`;
  return [{ code: 'SCOPE_OWNED', where: name, message: `The scope ${name} belongs to ${owner}.` }];
}

function scopeSteps({ name, body, consumers }: WantedScope, observed: ObservedScope | undefined): ClientStep[] {
  const found = observed?.found;
  if (!body.active) return observed ? ending(observed, 'the manifest says that it is not enabled') : [];
  const given = found ? (observed?.consumers ?? []) : [];
  return [
    ...(found ? updating(name, body, found) : [making(name, body)]),
    ...consumers.filter((consumer) => !given.includes(consumer)).map((consumer) => granting(name, consumer)),
    ...given.filter((consumer) => !consumers.includes(consumer)).map((consumer) => withdrawing(name, consumer)),
  ];
}

const making = (scope: string, body: WantedScope['body']): ClientStep => ({
  kind: 'create-scope',
  change: `create the scope ${scope}${body.accessible_for_all ? ', open to every organisation' : ''}`,
  reason: 'it is declared, and there is none',
  scope,
  body,
  ...(body.accessible_for_all ? { wide: true } : {}),
});

function updating(scope: string, body: WantedScope['body'], found: NonNullable<ObservedScope['found']>): ClientStep[] {
  const changes = scopeChanges(body, found);
  if (changes.length === 0) return [];
  const opens = changes.some(({ field, to }) => field === 'accessible_for_all' && to === true);
  return [
    {
      kind: 'update-scope',
      change: `change ${changes.map(({ field }) => field).join(', ')} of the scope ${scope}`,
      reason: changes.map(({ field, reason }) => `${field}: ${reason}`).join('; '),
      scope,
      body,
      changes,
      ...(opens ? { wide: true } : {}),
    },
  ];
}

const granting = (scope: string, consumer: string): ClientStep => ({
  kind: 'grant-access',
  change: `give organisation ${consumer} access to ${scope}`,
  reason: 'it is declared as a consumer',
  scope,
  consumer,
  wide: true,
});

const withdrawing = (scope: string, consumer: string): ClientStep => ({
  kind: 'withdraw-access',
  change: `withdraw the access of organisation ${consumer} to ${scope}`,
  reason: 'it is not declared as a consumer',
  scope,
  consumer,
  wide: true,
});

/** Digdir keeps what is deactivated, and its consumers: declared again, it is as it was. */
function ending({ name, found }: ObservedScope, reason: string): ClientStep[] {
  if (!found || found['active'] === false) return [];
  return [{ kind: 'deactivate-scope', change: `deactivate the scope ${name}`, reason, scope: name, wide: true }];
}
