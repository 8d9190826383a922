/** A tenant in one environment: what the tenant file says, once it has been read and found right. */

import type { ApprovalPolicy } from './approval.ts';
import type { Environment } from './environments.ts';
import type { RotationSettings } from './rotation.ts';
import type { PlatformDefaults } from './oauth-client.ts';

export const clientKinds = ['maskinporten', 'idporten'] as const;
/** Which of the two admin clients at Digdir. */
export type ClientKind = (typeof clientKinds)[number];

export type ProtectionLevel = 'SOFTWARE' | 'HSM';

/** Where secrets are kept: wherever Google likes, or in the locations that are named. */
export type Replication = 'automatic' | { readonly locations: readonly string[] };

export type GooglePlace = {
  /** Project id (not number). */
  readonly project: string;
  readonly location: string;
  readonly keyRing: string;
  readonly protectionLevel: ProtectionLevel;
  readonly replication: Replication;
};

/** How the client proves itself at Maskinporten: by the certificate chain, or by the id of a key that is registered on it. */
type AssertionStyle = 'x5c' | 'kid';

export type AdminClient = {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly assertion: AssertionStyle;
  /** Known beforehand at times; else the person who confirms the registration gives it. Only with `kid`. */
  readonly kid?: string;
  /** Name of the crypto key, where it is not to be `<tenant>-<environment>-<kind>`. */
  readonly cryptoKey?: string;
};

export type Tenant = {
  readonly tenant: string;
  readonly environment: Environment;
  readonly organisation: string;
  readonly google: GooglePlace;
  /** The principal that the platform signs and reads with: `serviceAccount:…`. */
  readonly platform: string;
  readonly clients: { readonly [kind in ClientKind]?: AdminClient };
  readonly approval: ApprovalPolicy;
  readonly rotation: RotationSettings;
  readonly watch?: {
    /** Seconds before its expiry that a certificate is to be renewed; three months when absent. */
    readonly renewBefore?: number | undefined;
  };
  /** Needed as soon as applications declare clients. */
  readonly applications?: PlatformDefaults;
};

/** Resources that exist already and are to be adopted, by their full names. */
export type ExistingResources = {
  readonly keyVersion?: string;
  readonly chainVersion?: string;
  readonly clientIdVersion?: string;
};
