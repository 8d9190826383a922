/** What the local KMS keeps, and how time moves it: jobs become active and expire, imports end, destruction takes effect. */
import type { Records } from '../grpc/records.ts';
import type { Policy } from '../iam/policy.ts';

export type KeyRing = { readonly name: string; readonly createTime: number; readonly policy: Policy };

export type CryptoKey = {
  readonly name: string;
  readonly createTime: number;
  readonly policy: Policy;
  /** The template's; a version may have another. */
  readonly algorithm: string;
  readonly protectionLevel: string;
  readonly importOnly: boolean;
  readonly destroyScheduledSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly versions: readonly KeyVersion[];
};

export type VersionState =
  | 'PENDING_GENERATION'
  | 'PENDING_IMPORT'
  | 'ENABLED'
  | 'DISABLED'
  | 'DESTROY_SCHEDULED'
  | 'DESTROYED'
  | 'IMPORT_FAILED';

/** Times in milliseconds since the epoch, keys in PEM (PKCS#8 and SPKI). */
export type KeyVersion = {
  readonly number: number;
  readonly algorithm: string;
  readonly state: VersionState;
  readonly createTime: number;
  readonly generateTime?: number;
  /** Of a pending version: what it becomes, and when. */
  readonly pending?: { readonly until: number; readonly becomes: 'ENABLED' | 'IMPORT_FAILED' };
  readonly importJob?: string;
  readonly importTime?: number;
  readonly importFailureReason?: string;
  readonly destroyTime?: number;
  readonly destroyEventTime?: number;
  readonly privateKey?: string;
  /** Of the material that it has or had: only the same may be imported again. */
  readonly publicKey?: string;
};

export type ImportJob = {
  readonly name: string;
  readonly createTime: number;
  readonly policy: Policy;
  readonly importMethod: string;
  readonly protectionLevel: string;
  readonly activeFrom: number;
  readonly privateKey: string;
  readonly publicKey: string;
};

export type KmsRecords = {
  readonly rings: Records<KeyRing>;
  readonly keys: Records<CryptoKey>;
  readonly jobs: Records<ImportJob>;
};

const jobLife = 3 * 24 * 60 * 60 * 1000;
export const expireTime = (job: ImportJob): number => job.createTime + jobLife;

export function jobState(job: ImportJob, now: number): 'PENDING_GENERATION' | 'ACTIVE' | 'EXPIRED' {
  if (now >= expireTime(job)) return 'EXPIRED';
  return now >= job.activeFrom ? 'ACTIVE' : 'PENDING_GENERATION';
}

/** The version as it is at `now`. */
export function settled(version: KeyVersion, now: number): KeyVersion {
  const { pending, privateKey, ...rest } = version;
  if (pending)
    return now < pending.until ? version : { ...rest, ...(privateKey && { privateKey }), state: pending.becomes };
  if (version.state !== 'DESTROY_SCHEDULED' || version.destroyTime === undefined || now < version.destroyTime) {
    return version;
  }
  const { destroyTime, ...destroyed } = rest;
  return { ...destroyed, state: 'DESTROYED', destroyEventTime: destroyTime };
}

/** The key with one version added or replaced. */
export function withVersion(key: CryptoKey, version: KeyVersion): CryptoKey {
  const others = key.versions.filter(({ number }) => number !== version.number);
  return { ...key, versions: [...others, version].sort((one, other) => one.number - other.number) };
}
