/** Key versions: seen, generated, enabled, disabled, scheduled for destruction and restored. */
import type { protos } from '@google-cloud/kms';

import { maskPaths, timestamp } from '../grpc/fields.ts';
import { listPage } from '../grpc/listing.ts';
import { failedPrecondition, invalidArgument } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { parametersOf } from './algorithms.ts';
import { demand, foundKey, foundVersion, type Kms } from './kms.ts';
import { settled, withVersion, type CryptoKey, type KeyVersion, type VersionState } from './model.ts';

type CreateRequest = protos.google.cloud.kms.v1.ICreateCryptoKeyVersionRequest;
type GetRequest = protos.google.cloud.kms.v1.IGetCryptoKeyVersionRequest;
type ListRequest = protos.google.cloud.kms.v1.IListCryptoKeyVersionsRequest;
type UpdateRequest = protos.google.cloud.kms.v1.IUpdateCryptoKeyVersionRequest;

export function versions(kms: Kms): Handlers {
  /** Moves a version from one of some states to another, or refuses with the state that it is in. */
  function move(
    caller: string,
    permission: string,
    asked: string | null | undefined,
    from: VersionState[],
    change: (version: KeyVersion, key: CryptoKey) => KeyVersion,
  ): object {
    const name = demand(kms, caller, permission, 'version', asked);
    const { key, version } = foundVersion(kms, name);
    if (!from.includes(version.state)) {
      throw failedPrecondition(`${name} must be ${from.join(' or ')}, current state is: ${version.state}.`);
    }
    const next = change(version, key);
    kms.keys.put(withVersion(key, next));
    return versionToWire(key, next);
  }

  return {
    async CreateCryptoKeyVersion(request: CreateRequest, caller) {
      const name = demand(kms, caller, 'cloudkms.cryptoKeyVersions.create', 'cryptoKey', request.parent);
      const { importOnly, algorithm } = foundKey(kms, name);
      if (importOnly) throw failedPrecondition(`CryptoKey ${name} is import_only: its versions can only be imported.`);
      const generated = await generatedVersion(kms, 1, algorithm);
      const key = foundKey(kms, name);
      const version = { ...generated, number: key.versions.length + 1 };
      kms.keys.put(withVersion(key, version));
      return versionToWire(key, version);
    },

    GetCryptoKeyVersion(request: GetRequest, caller) {
      const name = demand(kms, caller, 'cloudkms.cryptoKeyVersions.get', 'version', request.name);
      const { key, version } = foundVersion(kms, name);
      return versionToWire(key, version);
    },

    ListCryptoKeyVersions(request: ListRequest, caller) {
      const name = demand(kms, caller, 'cloudkms.cryptoKeyVersions.list', 'cryptoKey', request.parent);
      const key = foundKey(kms, name);
      const all = key.versions.map((version) => versionToWire(key, settled(version, kms.now())));
      const { page, ...rest } = listPage(all, request, 1000);
      return { cryptoKeyVersions: page, ...rest };
    },

    UpdateCryptoKeyVersion(request: UpdateRequest, caller) {
      const { name, state } = request.cryptoKeyVersion ?? {};
      maskPaths(request.updateMask, ['state']);
      if (state !== 'ENABLED' && state !== 'DISABLED') {
        throw invalidArgument(`The state of a version can be set to ENABLED or DISABLED, not to ${String(state)}.`);
      }
      return move(caller, 'cloudkms.cryptoKeyVersions.update', name, ['ENABLED', 'DISABLED'], (version) => ({
        ...version,
        state,
      }));
    },

    DestroyCryptoKeyVersion(request: GetRequest, caller) {
      return move(
        caller,
        'cloudkms.cryptoKeyVersions.destroy',
        request.name,
        ['ENABLED', 'DISABLED'],
        (version, key) => ({
          ...version,
          state: 'DESTROY_SCHEDULED',
          destroyTime: kms.now() + key.destroyScheduledSeconds * 1000,
        }),
      );
    },

    RestoreCryptoKeyVersion(request: GetRequest, caller) {
      return move(caller, 'cloudkms.cryptoKeyVersions.restore', request.name, ['DESTROY_SCHEDULED'], (version) => {
        const { destroyTime: _, ...rest } = version;
        return { ...rest, state: 'DISABLED' };
      });
    },
  };
}

/** A version with a fresh key of its own, pending as long as an import job would be. */
export async function generatedVersion(kms: Kms, number: number, algorithm: string): Promise<KeyVersion> {
  const pair = await kms.generateKeyPair(parametersOf(algorithm).modulusBits);
  const ready = kms.now() + kms.settings.jobDelay;
  return {
    number,
    algorithm,
    state: 'PENDING_GENERATION',
    pending: { until: ready, becomes: 'ENABLED' },
    createTime: kms.now(),
    generateTime: ready,
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The `CryptoKeyVersion` of a settled version. */
export function versionToWire(key: CryptoKey, version: KeyVersion) {
  const pending = version.pending !== undefined;
  const imported = version.importJob !== undefined;
  return {
    name: `${key.name}/cryptoKeyVersions/${version.number}`,
    state: version.state,
    protectionLevel: key.protectionLevel,
    algorithm: version.algorithm,
    createTime: timestamp(version.createTime),
    ...(!pending && { generateTime: timestamp(version.generateTime) }),
    destroyTime: timestamp(version.destroyTime),
    destroyEventTime: timestamp(version.destroyEventTime),
    importJob: version.importJob,
    ...(!pending && version.state !== 'IMPORT_FAILED' && { importTime: timestamp(version.importTime) }),
    ...(version.state === 'IMPORT_FAILED' && { importFailureReason: version.importFailureReason }),
    reimportEligible: imported && (version.state === 'DESTROYED' || version.state === 'IMPORT_FAILED'),
  };
}
