/** Clients, keys, scopes and who may use them, with the field names of the self-service API v1 (facts of June and September 2025). */

/** A public RSA key as a customer registers it (RFC 7517). */
export type PublicJwk = {
  readonly kid: string;
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly use?: 'sig';
  readonly alg?: 'RS256' | 'RS384' | 'RS512';
  /** Base64 DER, leaf first. A key that carries its certificate locks the client to it. */
  readonly x5c?: readonly string[];
  /** Unix seconds; at most a year ahead, which is also what it is when absent. */
  readonly exp?: number;
};

export type RegisteredKey = PublicJwk & {
  readonly exp: number;
  readonly created: string;
  readonly last_updated: string;
};

export type IntegrationType =
  | 'ansattporten'
  | 'api_klient'
  | 'eformidling'
  | 'idporten'
  | 'idporten_saml2'
  | 'krr'
  | 'maskinporten';

export type OAuthClient = {
  readonly client_id: string;
  readonly client_name: string;
  readonly client_orgno: string;
  readonly supplier_orgno?: string;
  readonly description: string;
  readonly active: boolean;
  readonly application_type: 'web' | 'browser' | 'native';
  readonly integration_type: IntegrationType;
  readonly scopes: readonly string[];
  readonly grant_types: readonly string[];
  readonly token_endpoint_auth_method: 'client_secret_post' | 'client_secret_basic' | 'private_key_jwt' | 'none';
  /** Seconds; the token endpoint's own default when absent. */
  readonly access_token_lifetime?: number;
  /** Seconds that a refresh token may lie idle. */
  readonly refresh_token_lifetime?: number;
  /** Seconds from a login until its last refresh token is worth nothing. */
  readonly authorization_lifetime?: number;
  readonly refresh_token_usage?: 'REUSE' | 'ONETIME';
  readonly redirect_uris?: readonly string[];
  readonly post_logout_redirect_uris?: readonly string[];
  readonly frontchannel_logout_uri?: string;
  readonly frontchannel_logout_session_required?: boolean;
  readonly sso_disabled?: boolean;
  readonly code_challenge_method?: 'S256' | 'none';
  readonly logo_uri?: string;
  readonly created: string;
  readonly last_updated: string;
};

/** A client with its keys: the API shows the keys at an address of their own. */
export type ClientRecord = {
  readonly client: OAuthClient;
  readonly keys: readonly RegisteredKey[];
  /** Softly, by the API: it is inactive then, and still there. */
  readonly deleted?: boolean;
};

export type Scope = {
  /** `prefix:subscope`. */
  readonly name: string;
  readonly prefix: string;
  readonly subscope: string;
  readonly description: string;
  readonly long_description?: string;
  readonly active: boolean;
  readonly owner_orgno: string;
  readonly visibility: 'INTERNAL' | 'PRIVATE' | 'PUBLIC';
  /** Empty: all. */
  readonly allowed_integration_types: readonly IntegrationType[];
  /** Of tokens from ID-porten: Maskinporten's are always self-contained. */
  readonly token_type: 'SELF_CONTAINED' | 'OPAQUE';
  readonly accessible_for_all: boolean;
  /** Seconds; 0 leaves it to the client. */
  readonly at_max_age: number;
  /** Seconds; 0 leaves it to the client. */
  readonly authorization_max_lifetime: number;
  readonly requires_user_consent: boolean;
  readonly requires_user_authentication: boolean;
  readonly requires_pseudonymous_tokens: boolean;
  readonly delegation_source?: string;
  readonly enforced_aud_for_access_token?: string;
  readonly created: string;
  readonly last_updated: string;
};

/** A consumer that has delegated its access to a supplier (in Altinn). */
export type Delegation = { readonly consumer: string; readonly supplier: string };

export type ScopeRecord = {
  readonly scope: Scope;
  readonly delegations: readonly Delegation[];
};

/** An organisation's access to a scope of another, or of its own. It is never removed: `DENIED` when withdrawn. */
export type ScopeAccess = {
  readonly scope: string;
  readonly consumer: string;
  readonly state: 'REQUESTED' | 'APPROVED' | 'DENIED';
  readonly created: string;
  readonly last_updated: string;
};

/** What an organisation's scopes may begin with. */
export type ScopePrefix = {
  readonly prefix: string;
  readonly owner_orgno: string;
  readonly active: boolean;
  readonly created: string;
  readonly last_updated: string;
};

export type Organisation = { readonly orgno: string; readonly name: string };
