/**
 * The body that describes a scope: its fields, their defaults, and the rules of each.
 *
 * Source: the OpenAPI document of June 2025, oidc_protocol_scope and oidc_api_admin_maskinporten for what is required and
 * what cannot change, Digdir's own web form for the length of a description. What a subscope may consist of is nowhere
 * said: here, of what OAuth allows in a scope.
 */

import type { Scope } from '../models.ts';
import { type Body, type Fields, fieldsOf, INTEGRATION_TYPES, refuseFindings } from './bodies.ts';
import { DELEGATION_SOURCES } from './delegation-sources.ts';

/** What a body says of a scope; whose it is and when it was made is not among it. */
export type ScopeDraft = Omit<Scope, 'owner_orgno' | 'created' | 'last_updated'>;

export type ScopeRules = { readonly refuseUnknownFields: boolean; readonly norwegianLettersInScopes: boolean };

const FIELDS =
  `name prefix subscope description long_description active owner_orgno allowed_integration_types token_type
  visibility requires_user_consent requires_user_authentication requires_pseudonymous_tokens delegation_source
  at_max_age authorization_max_lifetime accessible_for_all enforced_aud_for_access_token`.split(/\s+/);

/** Sent back by clients that PUT what they read. */
const READ_ONLY = ['created', 'last_updated'];

const LONGEST_NAME = 255;

/** `former` is the scope that the body replaces, `owner` the caller's organisation. Throws 400 with all that is wrong. */
export function readScope(body: Body, owner: string, former: Scope | undefined, rules: ScopeRules): ScopeDraft {
  const fields = fieldsOf(body);
  const name = former ? keptName(body, former, fields) : newName(fields, rules);
  const draft: ScopeDraft = {
    ...name,
    description: requiredText('description', fields, LONGEST_NAME),
    ...given('long_description', fields.text('long_description', 4000)),
    active: fields.flag('active') ?? true,
    visibility: visibilityOf(fields, former),
    allowed_integration_types: fields.choices('allowed_integration_types', INTEGRATION_TYPES) ?? [],
    token_type: fields.choice('token_type', ['SELF_CONTAINED', 'OPAQUE']) ?? 'SELF_CONTAINED',
    accessible_for_all: fields.flag('accessible_for_all') ?? false,
    at_max_age: fields.limit('at_max_age') ?? 0,
    authorization_max_lifetime: fields.limit('authorization_max_lifetime') ?? 0,
    requires_user_consent: fields.flag('requires_user_consent') ?? false,
    requires_user_authentication: fields.flag('requires_user_authentication') ?? false,
    requires_pseudonymous_tokens: fields.flag('requires_pseudonymous_tokens') ?? false,
    ...given('delegation_source', delegationSource(fields)),
    ...given('enforced_aud_for_access_token', fields.text('enforced_aud_for_access_token', 2000)),
  };
  if (body['owner_orgno'] !== undefined && body['owner_orgno'] !== owner) {
    fields.find('owner_orgno', 'is another organization');
  }
  if (rules.refuseUnknownFields) fields.knows([...FIELDS, ...READ_ONLY]);
  refuseFindings(fields.findings, 'Scope');
  return draft;
}

type ScopeName = Pick<Scope, 'name' | 'prefix' | 'subscope'>;

function newName(fields: Fields, rules: ScopeRules): ScopeName {
  const prefix = requiredText('prefix', fields, LONGEST_NAME);
  const subscope = requiredText('subscope', fields, LONGEST_NAME);
  const name = `${prefix}:${subscope}`;
  if (subscope !== '' && !isScopeToken(subscope, rules))
    fields.find('subscope', 'has characters that no scope may have');
  if (name.length > LONGEST_NAME) fields.find('subscope', `makes a name that is longer than ${LONGEST_NAME}`);
  // digdirator sends an empty one.
  const sent = fields.text('name', LONGEST_NAME) ?? '';
  if (sent !== '' && sent !== name) fields.find('name', 'is not prefix:subscope');
  return { name, prefix, subscope };
}

/** The name is for ever; a body that says it again may. */
function keptName(body: Body, former: Scope, fields: Fields): ScopeName {
  const { name, prefix, subscope } = former;
  for (const field of ['name', 'prefix', 'subscope'] as const) {
    const sent = body[field] ?? '';
    if (sent !== '' && sent !== former[field]) fields.find(field, 'cannot be changed');
  }
  return { name, prefix, subscope };
}

/** A scope-token of RFC 6749 (section 3.3): printable ASCII but for the space, `"` and `\`. */
function isScopeToken(text: string, { norwegianLettersInScopes }: ScopeRules): boolean {
  const ascii = norwegianLettersInScopes ? text.replace(/[æøåÆØÅ]/g, '') : text;
  return /^[\x21\x23-\x5b\x5d-\x7e]*$/.test(ascii);
}

/** Of the three, INTERNAL is for Digdir's staff to set. */
function visibilityOf(fields: Fields, former: Scope | undefined): Scope['visibility'] {
  const visibility = fields.choice('visibility', ['INTERNAL', 'PRIVATE', 'PUBLIC']) ?? 'PUBLIC';
  if (visibility === 'INTERNAL' && former?.visibility !== 'INTERNAL') {
    fields.find('visibility', 'INTERNAL can only be set by Digdir');
  }
  return visibility;
}

function delegationSource(fields: Fields): string | undefined {
  const source = fields.text('delegation_source', 2000);
  const known = DELEGATION_SOURCES.some(({ issuer }) => issuer === source);
  if (source !== undefined && source !== '' && !known) fields.find('delegation_source', `${source} is not known`);
  return source;
}

function requiredText(field: string, fields: Fields, longest: number): string {
  const { length } = fields.findings;
  const value = fields.text(field, longest) ?? '';
  if (value.trim() === '' && fields.findings.length === length) fields.find(field, 'is required');
  return value;
}

/** An empty text counts as left out. */
function given<Name extends string>(name: Name, value: string | undefined): { [Key in Name]?: string } {
  return value === undefined || value === '' ? {} : ({ [name]: value } as { [Key in Name]: string });
}
