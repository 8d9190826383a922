/** What can be set on the local Digdir while it runs, for tests and for points where Digdir's own texts disagree. */

export type DigdirSettings = {
  /** Milliseconds until a change in the self-service API is known to Maskinporten and ID-porten; really up to 15 minutes. */
  propagationDelay: number;
  /** Seconds that an access token lives unless its client or scope says less or more. */
  tokenLifetime: number;
  /** Milliseconds that Digdir's clock is ahead of the given one; negative when behind. */
  clockSkew: number;
  /** Whether the description of a token error begins with its MP code, as some real ones do. */
  codesInText: boolean;
  /** Whether `…dcr.write` suffices to read clients, and `…scopes.write` scopes: documents say no, working clients say yes. */
  writeImpliesRead: boolean;
  /** Whether an empty list of scopes, prefixes or accesses is answered as an error ("does not have any"), as seen at times. */
  emptyScopesAsError: boolean;
  /** Seconds in the `Retry-After` of a refused (503) call; no such header when absent. */
  retryAfter: number | undefined;
  /** Whether the rules of production hold for the addresses of clients: no plain http, localhost for native ones only. */
  production: boolean;
  /** Whether an unknown field in a body is refused; working clients send some, and they are dropped. */
  refuseUnknownFields: boolean;
  /** Whether PUT with `active: true` brings a deleted client back, as it does a deactivated one. */
  deletedMayReturn: boolean;
  /** Whether a client's PUT may name a scope that the client has, though it could not be given it any more. */
  heldScopesAreKept: boolean;
  /** Whether a scope's name may have æ, ø and å, as digdirator's definitions do; RFC 6749 has ASCII alone. */
  norwegianLettersInScopes: boolean;
  /** Whether a consumer can be given access to an inactive scope; else a conflict. */
  inactiveScopesTakeConsumers: boolean;
  /** Whether DELETE of a scope or access that is inactive succeeds again, as digdirator relies on; else a conflict. */
  repeatedDeletes: boolean;
  /** Whether keys may be registered for RS384, which documents name and the schema does not. */
  rs384Keys: boolean;
  /** Whether a login must have `state` and `nonce`; documents differ. */
  stateAndNonceRequired: boolean;
  /**
   * Host name, without port, at which browsers find ID-porten's login and logout: another one than the issuer's in the
   * real system too. The name must lead to 127.0.0.1, by a browser's host-resolver rules for example.
   */
  idportenFrontHost: string;
  /** Whether a `kid` must differ from those of every other client, as one page of Digdir's says; else within the client. */
  kidsUniqueOverall: boolean;
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
    production: false,
    refuseUnknownFields: false,
    deletedMayReturn: true,
    heldScopesAreKept: false,
    norwegianLettersInScopes: false,
    inactiveScopesTakeConsumers: false,
    repeatedDeletes: true,
    rs384Keys: false,
    kidsUniqueOverall: false,
    stateAndNonceRequired: false,
    idportenFrontHost: '127.0.0.1',
  };
}
