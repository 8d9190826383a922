/** What Digdir's self-service API is told about a client, and how that differs from what it returns. */

import type { Finding } from './failures.ts';
import { fieldValue, sameValue } from './field-values.ts';
import type { FieldValue } from './field-values.ts';
import { markerOf } from './oauth-client.ts';
import type { ClientSpec, OAuthClientName, OAuthClientSpec } from './oauth-client.ts';

type GrantType = 'authorization_code' | 'refresh_token' | 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** The body of `POST /api/v1/clients` and `PUT /api/v1/clients/{id}`; a PUT replaces all of the client but its keys. */
export type ClientBody = {
  readonly access_token_lifetime: number;
  readonly active: true;
  readonly application_type: 'web';
  readonly authorization_lifetime: number;
  readonly client_name: string;
  readonly client_uri: string;
  readonly code_challenge_method?: 'S256';
  readonly description: string;
  readonly frontchannel_logout_session_required: boolean;
  readonly frontchannel_logout_uri?: string;
  readonly grant_types: readonly GrantType[];
  readonly integration_type: ClientSpec['integrationType'];
  readonly post_logout_redirect_uris: readonly string[];
  readonly redirect_uris: readonly string[];
  readonly refresh_token_lifetime?: number;
  readonly refresh_token_usage: 'ONETIME';
  readonly scopes: readonly string[];
  readonly sso_disabled: boolean;
  readonly token_endpoint_auth_method: 'private_key_jwt';
};

/**
 * The body for a declared client of ID-porten. A `krr` client has no users to log in: it gets the JWT-bearer grant and no
 * addresses (docs.digdir.no, "Klientregistrering").
 */
export function clientBody(client: OAuthClientName, spec: OAuthClientSpec): ClientBody {
  const { scopes, ssoDisabled } = spec;
  if (spec.integrationType === 'krr') return { ...machineBody(client, spec, scopes), sso_disabled: ssoDisabled };
  return {
    ...commonBody(client, spec, scopes),
    code_challenge_method: 'S256',
    frontchannel_logout_session_required: true,
    ...(spec.frontchannelLogoutUri === undefined ? {} : { frontchannel_logout_uri: spec.frontchannelLogoutUri }),
    grant_types: ['authorization_code', 'refresh_token'],
    post_logout_redirect_uris: spec.postLogoutRedirectUris,
    redirect_uris: spec.redirectUris,
    refresh_token_lifetime: spec.sessionLifetime,
    sso_disabled: ssoDisabled,
  };
}

/** The body for a client that asks on its own behalf. What belongs to a login is sent as nothing, so that a PUT undoes it. */
export function machineBody(client: OAuthClientName, spec: ClientSpec, scopes: readonly string[]): ClientBody {
  return {
    ...commonBody(client, spec, scopes),
    frontchannel_logout_session_required: false,
    grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
    post_logout_redirect_uris: [],
    redirect_uris: [],
    sso_disabled: false,
  };
}

/**
 * What the bodies of all clients have. `active` has this value by default, as `code_challenge_method` has: they are sent so
 * that a PUT undoes another value.
 */
const commonBody = (client: OAuthClientName, spec: ClientSpec, scopes: readonly string[]) =>
  ({
    access_token_lifetime: spec.accessTokenLifetime,
    active: true,
    application_type: 'web',
    authorization_lifetime: spec.sessionLifetime,
    client_name: spec.clientName,
    client_uri: spec.clientUri,
    description: markerOf(client),
    integration_type: spec.integrationType,
    refresh_token_usage: 'ONETIME',
    scopes,
    token_endpoint_auth_method: 'private_key_jwt',
  }) as const;

/** A client as the API returns it: JSON, of which nothing is taken for granted. */
export type ReturnedClient = Readonly<Record<string, unknown>>;

/** `null`: the field is not there. */
export type FieldChange = {
  readonly field: keyof ClientBody;
  readonly from: FieldValue;
  readonly to: FieldValue;
  /** In plain words, for the plan. */
  readonly reason: string;
};

/** What our own record of the client adds to what the API returns. */
export type RecordedClient = {
  /** The `client_uri` that was last written: the API does not return it. */
  readonly clientUri?: string;
  /** Whether the declaration is the one that was applied last: then every difference was made at Digdir. */
  readonly sameSpec: boolean;
};

/**
 * What a PUT of `wanted` would change, field by field; empty when there is nothing to write. Lists are compared without
 * their order. A field that stands in neither is no difference, and one that a body leaves to Digdir is not compared.
 */
export function clientChanges(wanted: ClientBody, found: ReturnedClient, recorded: RecordedClient): FieldChange[] {
  return comparedFields.flatMap((field) => {
    if (Object.hasOwn(leftToDigdir, field) && wanted[field] === undefined) return [];
    const from =
      field === 'client_uri' ? (recorded.clientUri ?? null) : fieldValue(found[field] ?? digdirsDefaults[field]);
    const to = wanted[field] ?? null;
    if (sameValue(from, to)) return [];
    const drift = recorded.sameSpec && field !== 'client_uri';
    const reason = drift ? `${reasons[field]}; changed at Digdir since the last apply` : reasons[field];
    return [{ field, from, to, reason }];
  });
}

/** What no write can change: a client keeps the integration type that it was made with (`INTEGRATION_TYPE_IMMUTABLE`). */
export function immutableFindings(wanted: ClientBody, found: ReturnedClient, where: string): Finding[] {
  const type = found['integration_type'];
  if (type === wanted.integration_type) return [];
  const message = `The client at Digdir is of type ${String(type)}, and the manifest says ${wanted.integration_type}.`;
  return [{ code: 'INTEGRATION_TYPE_IMMUTABLE', where, message }];
}

type ComparedField = Exclude<keyof ClientBody, 'integration_type'>;

/** Why each field is as it is, in the order in which a plan shows them. */
const reasons: Record<ComparedField, string> = {
  active: 'a declared client is active',
  client_name: 'as declared; shown at login',
  client_uri: 'as declared; Digdir does not return it, so it is compared with our record',
  description: 'the mark by which the client is known',
  redirect_uris: 'as declared, or as the ingresses give',
  post_logout_redirect_uris: 'as declared, or the client URI',
  frontchannel_logout_uri: 'as declared, or as the first ingress gives',
  frontchannel_logout_session_required: 'a login client has to get the session id when its user logs out elsewhere',
  scopes: 'as declared, or those that such a client has by default',
  access_token_lifetime: 'as declared, in seconds',
  authorization_lifetime: 'the declared session lifetime, in seconds',
  refresh_token_lifetime: 'the declared session lifetime, in seconds',
  refresh_token_usage: 'a refresh token is used once',
  sso_disabled: 'as declared',
  grant_types: 'those of the integration type',
  code_challenge_method: 'a login has to use PKCE',
  application_type: 'the application runs on a server',
  token_endpoint_auth_method: 'clients prove themselves by a key of their own',
};

const comparedFields = Object.keys(reasons) as readonly ComparedField[];

/** What a returned client means that lacks the field. */
const digdirsDefaults: Partial<ClientBody> = {
  active: true,
  code_challenge_method: 'S256',
  frontchannel_logout_session_required: false,
  sso_disabled: false,
};

/** Fields that mean nothing to a client without a login; Digdir fills them as it likes. */
const leftToDigdir: Partial<Record<ComparedField, true>> = {
  code_challenge_method: true,
  refresh_token_lifetime: true,
};
