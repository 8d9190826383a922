/** The environments of Digdir, and what is fixed about each. */

export const environments = ['local', 'test', 'production'] as const;
export type Environment = (typeof environments)[number];

/** Where Digdir is in an environment. `local` has no fixed address: its world says where it listens. */
export type DigdirEndpoints = {
  /** Address of Maskinporten's metadata (RFC 8414); the issuer in it ends in a slash. */
  readonly maskinportenMetadata: string;
  /** Base of the self-service API, without a trailing slash. */
  readonly selfService: string;
};

/** Digdir's public addresses (docs.digdir.no, "Maskinporten well-known" and "API for selvbetjening"). */
export const digdirEndpoints: Record<Exclude<Environment, 'local'>, DigdirEndpoints> = {
  test: {
    maskinportenMetadata: 'https://test.maskinporten.no/.well-known/oauth-authorization-server',
    selfService: 'https://api.test.samarbeid.digdir.no/api/v1',
  },
  production: {
    maskinportenMetadata: 'https://maskinporten.no/.well-known/oauth-authorization-server',
    selfService: 'https://api.samarbeid.digdir.no/api/v1',
  },
};

export function isEnvironment(value: unknown): value is Environment {
  return environments.some((environment) => environment === value);
}
