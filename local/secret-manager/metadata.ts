/** The rules for what a secret says about itself: replication, annotations and version aliases. */
import type { protos } from '@google-cloud/secret-manager';

import { invalidArgument, unimplemented } from '../grpc/rpc-error.ts';
import type { Replication, SecretVersion } from './model.ts';

type WireSecret = protos.google.cloud.secretmanager.v1.ISecret;

export function checkedReplication(wanted: WireSecret['replication']): Replication {
  const replicas = wanted?.userManaged?.replicas ?? [];
  if (Boolean(wanted?.automatic) === Boolean(wanted?.userManaged)) {
    throw invalidArgument('The replication of a secret must be either automatic or user_managed.');
  }
  if (wanted?.automatic?.customerManagedEncryption || replicas.some((replica) => replica.customerManagedEncryption)) {
    throw unimplemented('The local Secret Manager does not support customer-managed encryption.');
  }
  if (wanted?.automatic) return { automatic: true };
  const locations = replicas.map((replica) => replica.location ?? '');
  if (locations.length === 0 || locations.some((location) => !/^[a-z]+(-[a-z]+\d+)?$/.test(location))) {
    throw invalidArgument('user_managed replication needs at least one replica, each with a valid location.');
  }
  if (new Set(locations).size !== locations.length) throw invalidArgument('Replica locations must be distinct.');
  return { locations };
}

/** Keys of 1 to 63 characters, alphanumeric at both ends; all together less than 16 KiB. */
export function checkedAnnotations(wanted: WireSecret['annotations']): Record<string, string> {
  const entries = Object.entries(wanted ?? {});
  for (const [key] of entries) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(key)) {
      throw invalidArgument(`Annotation key '${key}' is invalid.`);
    }
  }
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (size >= 16 * 1024) throw invalidArgument('The total size of annotations must be less than 16 KiB.');
  return Object.fromEntries(entries);
}

/** Up to 50 names for existing versions; never `latest` or `NEW`. */
export function checkedAliases(
  wanted: WireSecret['versionAliases'],
  versions: readonly SecretVersion[],
): Record<string, number> {
  const entries = Object.entries(wanted ?? {}).map(([alias, number]) => [alias, Number(number)] as const);
  if (entries.length > 50) throw invalidArgument('A secret can have at most 50 version aliases.');
  for (const [alias, number] of entries) {
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(alias) || alias === 'latest' || alias === 'NEW') {
      throw invalidArgument(`Version alias '${alias}' is invalid.`);
    }
    if (!versions.some((version) => version.number === number)) {
      throw invalidArgument(`Version alias '${alias}' refers to version ${number}, which does not exist.`);
    }
  }
  return Object.fromEntries(entries);
}
