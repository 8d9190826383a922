/** The environments of Digdir, and what is fixed about each. */

export const environments = ['local', 'test', 'production'] as const;
export type Environment = (typeof environments)[number];

/** Where Digdir is in an environment. `local` has no fixed address: its world says where it listens. */
export type DigdirEndpoints = {
  /** Address of Maskinporten's metadata (RFC 8414); the issuer in it ends in a slash. */
  readonly maskinportenMetadata: string;
  /** Address of ID-porten's metadata (OpenID Connect Discovery); the issuer in it ends in no slash. */
  readonly idportenMetadata: string;
  /** Base of the self-service API, without a trailing slash. */
  readonly selfService: string;
};

/** Digdir's public addresses (docs.digdir.no, "Maskinporten well-known", "ID-porten well-known", "API for selvbetjening"). */
export const digdirEndpoints: Record<Exclude<Environment, 'local'>, DigdirEndpoints> = {
  test: {
    maskinportenMetadata: 'https://test.maskinporten.no/.well-known/oauth-authorization-server',
    idportenMetadata: 'https://test.idporten.no/.well-known/openid-configuration',
    selfService: 'https://api.test.samarbeid.digdir.no/api/v1',
  },
  production: {
    maskinportenMetadata: 'https://maskinporten.no/.well-known/oauth-authorization-server',
    idportenMetadata: 'https://idporten.no/.well-known/openid-configuration',
    selfService: 'https://api.samarbeid.digdir.no/api/v1',
  },
};

/** A host that an application has to be able to reach. */
export type OutboundHost = {
  readonly host: string;
  /** Named by documents that are still followed, though Digdir has switched it off. */
  readonly retired?: true;
};

/**
 * What an application that uses ID-porten reaches: the back end, the front end that people are sent to, and the host that
 * the platform's page on ID-porten names ("Outbound hosts"; off since February 2024). `local` is on loopback, where nothing
 * has to be opened. Source: docs.digdir.no, "ID-porten well-known".
 */
export const outboundHosts: Record<Environment, readonly OutboundHost[]> = {
  local: [],
  test: [
    { host: 'test.idporten.no' },
    { host: 'login.test.idporten.no' },
    { host: 'oidc-ver2.difi.no', retired: true },
  ],
  production: [{ host: 'idporten.no' }, { host: 'login.idporten.no' }, { host: 'oidc.difi.no', retired: true }],
};

export function isEnvironment(value: unknown): value is Environment {
  return environments.some((environment) => environment === value);
}
