/** What Digdir's self-service API is told about a scope that an application exposes, and how that differs from what it returns. */

import { fieldValue, sameValue } from './field-values.ts';
import type { FieldValue } from './field-values.ts';
import { markerOf, subscopeOf } from './oauth-client.ts';
import type { ExposedScope, OAuthClientName } from './oauth-client.ts';

/** The body of `POST /api/v1/scopes` and `PUT /api/v1/scopes?scope=…`; a PUT replaces all of the scope but its consumers. */
export type ScopeBody = {
  readonly accessible_for_all: boolean;
  readonly active: boolean;
  readonly allowed_integration_types: readonly string[];
  readonly at_max_age: number;
  readonly delegation_source?: string;
  readonly description: string;
  readonly prefix: string;
  readonly requires_pseudonymous_tokens: false;
  readonly requires_user_authentication: false;
  readonly requires_user_consent: false;
  readonly subscope: string;
  readonly token_type: 'SELF_CONTAINED';
  readonly visibility: 'PUBLIC' | 'PRIVATE';
};

/**
 * The body for an exposed scope. `delegationIssuer`: Digdir's issuer of the declared delegation source. Throws when the
 * scope declares one and no issuer is given: a PUT without it would end the delegations that there are.
 */
export function scopeBody(exposed: ExposedScope, client: OAuthClientName, delegationIssuer?: string): ScopeBody {
  const isDelegable = exposed.delegationSource !== undefined;
  if (isDelegable && delegationIssuer === undefined) {
    throw new TypeError(`The issuer of the delegation source ${exposed.delegationSource} is not given`);
  }
  return {
    accessible_for_all: exposed.accessibleForAll,
    active: exposed.enabled,
    allowed_integration_types: exposed.allowedIntegrations,
    at_max_age: exposed.atMaxAge,
    ...(isDelegable ? { delegation_source: delegationIssuer } : {}),
    description: `${exposed.product} - ${markerOf(client)}`,
    prefix: exposed.prefix,
    requires_pseudonymous_tokens: false,
    requires_user_authentication: false,
    requires_user_consent: false,
    subscope: subscopeOf(exposed),
    token_type: 'SELF_CONTAINED',
    visibility: exposed.visibility === 'public' ? 'PUBLIC' : 'PRIVATE',
  };
}

/** `prefix:subscope`: scopes are told apart by both. */
export const scopeName = (exposed: ExposedScope): string => `${exposed.prefix}:${subscopeOf(exposed)}`;

/** The mark of the client that exposes the scope, in its description (as digdirator writes it); nothing in those of others. */
export function scopeOwner({ description }: ReturnedScope): string | undefined {
  return typeof description === 'string' ? / - ([^\s:]+:[^\s:]+:[^\s:]+)$/.exec(description)?.[1] : undefined;
}

/** A scope as the API returns it: JSON, of which nothing is taken for granted. */
export type ReturnedScope = Readonly<Record<string, unknown>>;

/** Prefix and subscope are the scope's name, which never changes. */
type ComparedField = Exclude<keyof ScopeBody, 'prefix' | 'subscope'>;

/** `null`: the field is not there. */
export type ScopeChange = {
  readonly field: ComparedField;
  readonly from: FieldValue;
  readonly to: FieldValue;
  /** In plain words, for the plan. */
  readonly reason: string;
};

/**
 * What a PUT of `wanted` would change, field by field; empty when there is nothing to write. Lists are compared without
 * their order, and a field that stands in neither is no difference.
 */
export function scopeChanges(wanted: ScopeBody, found: ReturnedScope): ScopeChange[] {
  return comparedFields.flatMap((field) => {
    const from = fieldValue(found[field] ?? digdirsDefaults[field]);
    const to = wanted[field] ?? null;
    return sameValue(from, to) ? [] : [{ field, from, to, reason: reasons[field] }];
  });
}

/** Why each field is as it is, in the order in which a plan shows them. */
const reasons: Record<ComparedField, string> = {
  active: 'as declared (`enabled`)',
  description: 'the product, and the mark by which the client is known that exposes the scope',
  accessible_for_all: 'as declared: whether every organisation has access',
  visibility: 'as declared',
  allowed_integration_types: 'as declared, or Maskinporten clients only',
  at_max_age: 'as declared, in seconds',
  delegation_source: 'as declared: where access can be delegated',
  token_type: 'tokens are read by the API itself',
  requires_pseudonymous_tokens: 'not supported',
  requires_user_authentication: 'not supported',
  requires_user_consent: 'not supported',
};

const comparedFields = Object.keys(reasons) as readonly ComparedField[];

/** What a returned scope means that lacks the field. */
const digdirsDefaults: Partial<ScopeBody> = {
  accessible_for_all: false,
  requires_pseudonymous_tokens: false,
  requires_user_authentication: false,
  requires_user_consent: false,
};
