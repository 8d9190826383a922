/**
 * The body that describes a client: its fields, their defaults, and the rules of each.
 *
 * Source: the OpenAPI documents of June and September 2025, oidc_func_clientreg, and what the API answers to working
 * clients. The schema marks no field as required; the ones that the former schema required, and those that decide what
 * kind of client it is, are required here, so that nobody relies on a default that is not documented.
 */

import type { OAuthClient } from '../models.ts';
import { type Body, fieldsOf, INTEGRATION_TYPES, refuseFindings } from './bodies.ts';
import { combinationFindings } from './combinations.ts';
import { sameOrigin, uriFinding } from './uris.ts';

/** What a body says of a client; whose it is and when it was made is not among it. */
export type ClientDraft = Omit<
  OAuthClient,
  'client_id' | 'client_orgno' | 'supplier_orgno' | 'created' | 'last_updated'
>;

export type BodyRules = { readonly production: boolean; readonly refuseUnknownFields: boolean };

const FIELDS = `client_name description active application_type integration_type scopes grant_types
  token_endpoint_auth_method access_token_lifetime refresh_token_lifetime authorization_lifetime refresh_token_usage
  redirect_uris post_logout_redirect_uris frontchannel_logout_uri frontchannel_logout_session_required sso_disabled
  code_challenge_method logo_uri client_id client_orgno supplier_orgno`.split(/\s+/);

/** Sent back by clients that PUT what they read. */
const READ_ONLY = 'created last_updated onbehalfof client_secret jwks jwks_uri'.split(' ');

/** Throws 400 with all that is wrong. */
export function readClient(body: Body, rules: BodyRules): ClientDraft {
  const fields = fieldsOf(body);
  const required = <Value>(field: string, value: Value | undefined, otherwise: Value): Value => {
    if (body[field] === undefined) fields.find(field, 'is required');
    return value ?? otherwise;
  };

  const type = required('integration_type', fields.choice('integration_type', INTEGRATION_TYPES), 'idporten');
  const frontchannel = fields.text('frontchannel_logout_uri', 2000);
  const logo = fields.text('logo_uri', 2000);
  const draft: ClientDraft = {
    client_name: required('client_name', fields.text('client_name', 255), ''),
    description: required('description', fields.text('description', 255), ''),
    active: fields.flag('active') ?? true,
    application_type: required('application_type', fields.choice('application_type', APPLICATION_TYPES), 'web'),
    integration_type: type,
    scopes: fields.texts('scopes') ?? (type === 'idporten' ? ['openid', 'profile'] : []),
    grant_types: required('grant_types', fields.texts('grant_types'), []),
    token_endpoint_auth_method: required(
      'token_endpoint_auth_method',
      fields.choice('token_endpoint_auth_method', AUTH_METHODS),
      'private_key_jwt',
    ),
    access_token_lifetime: fields.lifetime('access_token_lifetime') ?? 120,
    refresh_token_lifetime: fields.lifetime('refresh_token_lifetime') ?? 600,
    authorization_lifetime: fields.lifetime('authorization_lifetime') ?? 7200,
    refresh_token_usage: fields.choice('refresh_token_usage', ['REUSE', 'ONETIME']) ?? 'ONETIME',
    redirect_uris: fields.texts('redirect_uris') ?? [],
    post_logout_redirect_uris: fields.texts('post_logout_redirect_uris') ?? [],
    ...(frontchannel !== undefined && { frontchannel_logout_uri: frontchannel }),
    frontchannel_logout_session_required: fields.flag('frontchannel_logout_session_required') ?? false,
    sso_disabled: fields.flag('sso_disabled') ?? type === 'ansattporten',
    code_challenge_method: fields.choice('code_challenge_method', ['S256', 'none']) ?? 'S256',
    ...(logo !== undefined && { logo_uri: logo }),
  };
  if (body['client_name'] === '') fields.find('client_name', 'must not be empty');
  if (rules.refuseUnknownFields) fields.knows([...FIELDS, ...READ_ONLY]);
  // A combination is judged when its parts are: else one mistake would be told twice.
  const findings = fields.findings.length > 0 ? fields.findings : combinationFindings(draft);
  refuseFindings([...findings, ...uriFindings(draft, rules)]);
  return draft;
}

const APPLICATION_TYPES = ['web', 'browser', 'native'] as const;
const AUTH_METHODS = ['client_secret_post', 'client_secret_basic', 'private_key_jwt', 'none'] as const;

function uriFindings(draft: ClientDraft, { production }: BodyRules): { field: string; message: string }[] {
  const { application_type: applicationType, frontchannel_logout_uri: frontchannel, redirect_uris: redirects } = draft;
  const registered: [field: string, uri: string][] = [
    ...(redirects ?? []).map((uri): [string, string] => ['redirect_uris', uri]),
    ...(draft.post_logout_redirect_uris ?? []).map((uri): [string, string] => ['post_logout_redirect_uris', uri]),
    ...(frontchannel === undefined ? [] : [['frontchannel_logout_uri', frontchannel] satisfies [string, string]]),
  ];
  const findings = registered.flatMap(([field, uri]) => {
    const finding = uriFinding(uri, { applicationType, production });
    return finding === undefined ? [] : [{ field, message: `${field} ${uri} ${finding}` }];
  });
  const mustMatch = frontchannel !== undefined && applicationType !== 'native';
  if (mustMatch && !redirects?.some((uri) => sameOrigin(uri, frontchannel))) {
    const message = 'frontchannel_logout_uri must have the scheme, host and port of a redirect URI';
    findings.push({ field: 'frontchannel_logout_uri', message });
  }
  return findings;
}
