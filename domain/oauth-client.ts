/**
 * An application's client as it is declared: what should be at Digdir, whatever the form of the declaration. Clients of
 * applications are `OAuthClient`; the two clients by which the organisation administers them are admin clients.
 */

import type { Environment } from './environments.ts';

/** Digdir's integration types that ID-porten declarations can have; the type of a client can never change. */
export const idportenIntegrationTypes = ['idporten', 'api_klient', 'krr'] as const;
export type IntegrationType = (typeof idportenIntegrationTypes)[number];

/** Whose client it is: names the record, the secrets and the workflow. */
export type OAuthClientName = {
  readonly tenant: string;
  readonly environment: Environment;
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** Which kind of declaration; one application may have one of each. */
  readonly kind: 'idporten' | 'maskinporten';
};

/** How long an old key stays once a new one is published. */
export type OldKeyPolicy =
  /** Until the consumer says that it uses the new version, else until the key's own expiry. */
  | { readonly until: 'acknowledged' }
  /** So many seconds after the new one was published. */
  | { readonly until: 'elapsed'; readonly seconds: number };

/** What should be registered for ID-porten, or for krr. URIs are complete, in the order of the declaration; the first redirect URI is the application's. */
export type OAuthClientSpec = {
  readonly integrationType: IntegrationType;
  readonly clientName: string;
  readonly clientUri: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly frontchannelLogoutUri?: string;
  readonly scopes: readonly string[];
  /** Seconds, 1 to 3600. */
  readonly accessTokenLifetime: number;
  /** Seconds, 3600 to 28800: authorization and refresh token. */
  readonly sessionLifetime: number;
  readonly ssoDisabled: boolean;
  readonly oldKeys: OldKeyPolicy;
  /** Keeps the client at Digdir when its declaration is removed (`digdir.nais.io/preserve`). */
  readonly preserve: boolean;
};

/** A scope that the organisation offers at Maskinporten, and who may ask for it. */
export type ExposedScope = {
  /** `false`: the scope is to be inactive at Digdir. */
  readonly enabled: boolean;
  /** What Digdir has the organisation's scopes begin with. */
  readonly prefix: string;
  readonly product: string;
  readonly name: string;
  readonly separator: ':' | '/' | '.';
  /** Seconds, 30 to 680: how old a token with the scope may be at most. */
  readonly atMaxAge: number;
  /** Digdir's integration types whose clients may have the scope. */
  readonly allowedIntegrations: readonly string[];
  /** Organisations that get access; the name is for people. */
  readonly consumers: readonly { readonly orgno: string; readonly name?: string }[];
  readonly accessibleForAll: boolean;
  /** Where consumers may delegate their access to suppliers. */
  readonly delegationSource?: 'altinn';
  readonly visibility: 'public' | 'private';
};

/** The scope without its prefix. A product has letters and digits only, so no two scopes share a subscope. */
export const subscopeOf = (scope: { readonly product: string; readonly separator: string; readonly name: string }) =>
  `${scope.product}${scope.separator}${scope.name}`;

/** What should be registered for an application that asks Maskinporten for tokens, offers scopes, or both. */
export type MaskinportenSpec = {
  readonly integrationType: 'maskinporten';
  readonly clientName: string;
  readonly clientUri: string;
  /** Complete scopes, `prefix:subscope`, of which there is at least one; whether they are granted is known to Digdir. */
  readonly consumes: readonly string[];
  readonly exposes: readonly ExposedScope[];
  /** Seconds. */
  readonly accessTokenLifetime: number;
  readonly sessionLifetime: number;
  readonly oldKeys: OldKeyPolicy;
  readonly preserve: boolean;
};

export type ClientSpec = OAuthClientSpec | MaskinportenSpec;

/** A declaration that was found right, and where it stands. */
export type Declaration = {
  /** Of the kind `maskinporten` when the spec is. */
  readonly client: OAuthClientName;
  readonly spec: ClientSpec;
  /** `file:line:column` of the document. */
  readonly where: string;
};

/** What the tenant file says about all clients of applications. */
export type PlatformDefaults = {
  readonly cluster: string;
  readonly clientName: string;
  /** https. */
  readonly clientUri: string;
  /** Seconds. */
  readonly accessTokenLifetime: number;
  readonly sessionLifetime: number;
  readonly maskinporten?: {
    /** What Digdir has all scopes of the organisation begin with. */
    readonly scopePrefix: string;
    /** What a client gets that consumes nothing: Digdir registers none without a scope. */
    readonly defaultScope?: string;
  };
};

/** `<cluster>:<namespace>:<name>`: by this mark in its description a client is known at Digdir (as digdirator does). */
export const markerOf = ({ cluster, namespace, name }: OAuthClientName): string => `${cluster}:${namespace}:${name}`;
