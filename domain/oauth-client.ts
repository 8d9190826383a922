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

/** What should be registered. URIs are complete, in the order of the declaration; the first redirect URI is the application's. */
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

/** A declaration that was found right, and where it stands. */
export type Declaration = {
  readonly client: OAuthClientName;
  readonly spec: OAuthClientSpec;
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
};

/** `<cluster>:<namespace>:<name>`: by this mark in its description a client is known at Digdir (as digdirator does). */
export const markerOf = ({ cluster, namespace, name }: OAuthClientName): string => `${cluster}:${namespace}:${name}`;
