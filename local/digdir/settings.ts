/** What can be set on the local Digdir while it runs, for tests and for points where Digdir's own texts disagree. */

export type DigdirSettings = {
  /** Milliseconds until a registration is known to the token endpoint; up to 15 minutes in the real system. */
  propagationDelay: number;
  /** Seconds that an access token lives unless its client or scope says less or more. */
  tokenLifetime: number;
  /** Milliseconds that Digdir's clock is ahead of the given one; negative when behind. */
  clockSkew: number;
  /** Whether the description of a token error begins with its MP code, as some real ones do. */
  codesInText: boolean;
  /** Whether `idporten:dcr.write` suffices to read clients: documents say no, working clients say yes. */
  writeImpliesRead: boolean;
  /** Whether an empty list of scopes is answered as an error ("does not have any"), as seen at times. */
  emptyScopesAsError: boolean;
  /** Seconds in the `Retry-After` of a refused (503) call; no such header when absent. */
  retryAfter: number | undefined;
};

export function defaultSettings(): DigdirSettings {
  return {
    propagationDelay: 0,
    tokenLifetime: 120,
    clockSkew: 0,
    codesInText: true,
    writeImpliesRead: true,
    emptyScopesAsError: false,
    retryAfter: undefined,
  };
}
