/** What all methods of the local KMS share: finding resources by name, and asking for permissions along their ancestors. */
import type { KeyObject } from 'node:crypto';

import { canonicalName, idOf, parentOf } from '../grpc/names.ts';
import { failedPrecondition, invalidArgument, notFound, permissionDenied, type RpcError } from '../grpc/rpc-error.ts';
import type { Authority } from '../iam/authority.ts';
import type { PolicyTerms } from '../iam/methods.ts';
import type { Policy } from '../iam/policy.ts';
import { settled, type CryptoKey, type ImportJob, type KeyRing, type KeyVersion, type KmsRecords } from './model.ts';

type KmsSettings = { readonly importDelay: number; readonly jobDelay: number } & PolicyTerms['settings'];
export type GenerateKeyPair = (modulusBits: number) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

export type Kms = KmsRecords & {
  readonly authority: Authority;
  readonly settings: KmsSettings;
  readonly generateKeyPair: GenerateKeyPair;
  now(): number;
};

const templates = {
  location: 'projects/**/locations/*',
  keyRing: 'projects/**/locations/*/keyRings/*',
  cryptoKey: 'projects/**/locations/*/keyRings/*/cryptoKeys/*',
  version: 'projects/**/locations/*/keyRings/*/cryptoKeys/*/cryptoKeyVersions/#',
  importJob: 'projects/**/locations/*/keyRings/*/importJobs/*',
};

/** The canonical name, after the permission on it has been checked: without it, nobody learns whether the thing exists. */
export function demand(
  kms: Kms,
  caller: string,
  permission: string,
  kind: keyof typeof templates,
  asked: string | null | undefined,
): string {
  const name = canonicalName(kms.authority.project, templates[kind], asked);
  if (!kms.authority.may(caller, permission, name, policiesAbove(kms, name))) throw denied(permission, asked ?? '');
  return name;
}

/** The real service's text, which names the missing permission. */
export const denied = (permission: string, resource: string): RpcError =>
  permissionDenied(`Permission '${permission}' denied on resource '${resource}' (or it may not exist).`);

/** The policies of a thing and of what it lies in, below the project. */
export function policiesAbove(kms: Kms, name: string): Policy[] {
  const policies = [];
  for (let at = name; at.includes('/keyRings/'); at = parentOf(at)) {
    const holder = kms.keys.get(at) ?? kms.jobs.get(at) ?? kms.rings.get(at);
    if (holder) policies.push(holder.policy);
  }
  return policies;
}

export function foundRing(kms: Kms, name: string): KeyRing {
  const ring = kms.rings.get(name);
  if (!ring) throw notFound(`KeyRing ${name} not found.`);
  return ring;
}

export function foundKey(kms: Kms, name: string): CryptoKey {
  const key = kms.keys.get(name);
  if (!key) throw notFound(`CryptoKey ${name} not found.`);
  return key;
}

export function foundJob(kms: Kms, name: string): ImportJob {
  const job = kms.jobs.get(name);
  if (!job) throw notFound(`ImportJob ${name} not found.`);
  return job;
}

/** The version as it is now, with its key. */
export function foundVersion(kms: Kms, name: string): { key: CryptoKey; version: KeyVersion } {
  const key = foundKey(kms, parentOf(name));
  const version = key.versions.find(({ number }) => number === Number(idOf(name)));
  if (!version) throw notFound(`CryptoKeyVersion ${name} not found.`);
  return { key, version: settled(version, kms.now()) };
}

/** FAILED_PRECONDITION, with the text and the detail that the real service gives for a version in another state. */
export function stateRefused(name: string, version: KeyVersion): RpcError {
  const description = `${name} is not enabled, current state is: ${version.state}.`;
  return failedPrecondition(description, { type: 'KEY_DISABLED', subject: name, description });
}

export function checkedId(id: string | null | undefined, field: string): string {
  if (!/^[a-zA-Z0-9_-]{1,63}$/.test(id ?? '')) {
    throw invalidArgument(`The field ${field} ('${id ?? ''}') must match [a-zA-Z0-9_-]{1,63}.`);
  }
  return id ?? '';
}

/** SOFTWARE when it is left out and `required` is not set. */
export function checkedProtection(level: unknown, required: boolean): string {
  if (level === undefined && !required) return 'SOFTWARE';
  if (level !== 'SOFTWARE' && level !== 'HSM') {
    throw invalidArgument(`The protection_level ${String(level)} is invalid here: SOFTWARE and HSM are supported.`);
  }
  return level;
}
