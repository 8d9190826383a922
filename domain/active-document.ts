/**
 * The active document says what the admin client uses now: key version, chain version, client id and the way it proves
 * itself, together, so that all change at once. The highest version of its secret is the active one.
 */

export type Assertion = { readonly style: 'x5c' } | { readonly style: 'kid'; readonly kid: string };

export type ActiveDocument = {
  readonly keyVersion: string;
  readonly chainVersion: string;
  readonly clientIdVersion: string;
  readonly clientId: string;
  readonly assertion: Assertion;
  /** The kid of the tenant file, where people gave another one: said again, it is no new wish. */
  readonly foreseenKid?: string;
  readonly scopes: readonly string[];
  readonly certificate: {
    readonly fingerprint: string;
    readonly serialNumber: string;
    readonly notAfter: string;
  };
  /** When the run decided to write it, ISO 8601, UTC. */
  readonly activatedAt?: string;
  /** Who approved what, kept for longer than Temporal keeps its history. */
  readonly approvals: readonly {
    readonly gate: string;
    readonly by: string;
    readonly at: string;
    readonly digest: string;
  }[];
};

/** The active document as it was read: its version's full name and what it says. */
export type ObservedActive = { readonly version: string; readonly document: ActiveDocument };
