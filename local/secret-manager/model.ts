/** What the local Secret Manager keeps, and how it looks on the wire. */
import { createHash } from 'node:crypto';

import { timestamp } from '../grpc/fields.ts';
import type { Policy } from '../iam/policy.ts';

export type Replication = { readonly automatic: true } | { readonly locations: readonly string[] };

/** Times in milliseconds since the epoch. */
export type Secret = {
  readonly name: string;
  readonly createTime: number;
  readonly etag: string;
  readonly replication: Replication;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly versionAliases: Readonly<Record<string, number>>;
  readonly policy: Policy;
  /** By number, from 1. */
  readonly versions: readonly SecretVersion[];
};

export type SecretVersion = {
  readonly number: number;
  readonly createTime: number;
  readonly etag: string;
  readonly state: 'ENABLED' | 'DISABLED' | 'DESTROYED';
  readonly destroyTime?: number;
  /** Base64; gone once destroyed. */
  readonly payload?: string;
  readonly checksum: number;
  readonly clientSpecifiedPayloadChecksum: boolean;
};

/** An etag that differs from the one before it, in quotes as Secret Manager writes them. */
export function nextEtag(previous: string, content: unknown): string {
  const digest = createHash('sha256').update(previous).update(JSON.stringify(content)).digest('hex');
  return `"${digest.slice(0, 14)}"`;
}

/** The secret with one version added or replaced. */
export function withVersion(secret: Secret, version: SecretVersion): Secret {
  const others = secret.versions.filter(({ number }) => number !== version.number);
  return { ...secret, versions: [...others, version].sort((one, other) => one.number - other.number) };
}

export const versionName = (secret: Secret, version: SecretVersion): string =>
  `${secret.name}/versions/${version.number}`;

export function secretToWire(secret: Secret) {
  return {
    name: secret.name,
    createTime: timestamp(secret.createTime),
    etag: secret.etag,
    labels: secret.labels,
    annotations: secret.annotations,
    versionAliases: secret.versionAliases,
    replication: onLocations(secret.replication),
  };
}

export function versionToWire(secret: Secret, version: SecretVersion) {
  return {
    name: versionName(secret, version),
    createTime: timestamp(version.createTime),
    destroyTime: timestamp(version.destroyTime),
    state: version.state,
    etag: version.etag,
    clientSpecifiedPayloadChecksum: version.clientSpecifiedPayloadChecksum,
    replicationStatus: onLocations(secret.replication),
  };
}

/** `Replication` and `ReplicationStatus` have the same shape as far as it is emulated. */
function onLocations(replication: Replication): object {
  if ('automatic' in replication) return { automatic: {} };
  return { userManaged: { replicas: replication.locations.map((location) => ({ location })) } };
}
