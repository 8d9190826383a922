/** Crypto keys with the purpose ASYMMETRIC_SIGN. Nothing deletes one that holds imported versions. */
import type { protos } from '@google-cloud/kms';

import { labels, maskPaths, refuseFields, timestamp } from '../grpc/fields.ts';
import { listPage } from '../grpc/listing.ts';
import { parentOf } from '../grpc/names.ts';
import { alreadyExists, invalidArgument, unimplemented } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { emptyPolicy } from '../iam/policy.ts';
import { checkedAlgorithm } from './algorithms.ts';
import { checkedId, checkedProtection, demand, foundKey, foundRing, type Kms } from './kms.ts';
import type { CryptoKey } from './model.ts';
import { generatedVersion } from './versions.ts';

type CreateRequest = protos.google.cloud.kms.v1.ICreateCryptoKeyRequest;
type GetRequest = protos.google.cloud.kms.v1.IGetCryptoKeyRequest;
type ListRequest = protos.google.cloud.kms.v1.IListCryptoKeysRequest;
type UpdateRequest = protos.google.cloud.kms.v1.IUpdateCryptoKeyRequest;
type WireKey = protos.google.cloud.kms.v1.ICryptoKey;

const day = 24 * 60 * 60;

export function cryptoKeys(kms: Kms): Handlers {
  return {
    async CreateCryptoKey(request: CreateRequest, caller) {
      const parent = demand(kms, caller, 'cloudkms.cryptoKeys.create', 'keyRing', request.parent);
      foundRing(kms, parent);
      const name = `${parent}/cryptoKeys/${checkedId(request.cryptoKeyId, 'crypto_key_id')}`;
      const empty = newKey(kms, name, request.cryptoKey ?? {});
      const skip = request.skipInitialVersionCreation ?? false;
      if (empty.importOnly && !skip) {
        throw invalidArgument('An import_only key must be created with skip_initial_version_creation.');
      }
      refuseFields(request, ['trustedWrappingEnabled']);
      refuseExisting(kms, name);

      const key = skip ? empty : { ...empty, versions: [await generatedVersion(kms, 1, empty.algorithm)] };
      // Another call may have created it while the key was made; from here to `put` nothing is awaited.
      refuseExisting(kms, name);
      kms.keys.put(key);
      return toWire(key);
    },

    GetCryptoKey(request: GetRequest, caller) {
      return toWire(foundKey(kms, demand(kms, caller, 'cloudkms.cryptoKeys.get', 'cryptoKey', request.name)));
    },

    ListCryptoKeys(request: ListRequest, caller) {
      const parent = demand(kms, caller, 'cloudkms.cryptoKeys.list', 'keyRing', request.parent);
      foundRing(kms, parent);
      const keys = kms.keys.all().filter((key) => parentOf(key.name) === parent);
      const { page, ...rest } = listPage(keys, request, 1000);
      return { cryptoKeys: page.map(toWire), ...rest };
    },

    UpdateCryptoKey(request: UpdateRequest, caller) {
      const wanted = request.cryptoKey ?? {};
      const key = foundKey(kms, demand(kms, caller, 'cloudkms.cryptoKeys.update', 'cryptoKey', wanted.name));
      maskPaths(request.updateMask, ['labels']);
      const next = { ...key, labels: labels(wanted.labels) };
      kms.keys.put(next);
      return toWire(next);
    },
  };
}

function newKey(kms: Kms, name: string, wanted: WireKey): CryptoKey {
  if (!wanted.purpose || String(wanted.purpose).endsWith('_UNSPECIFIED')) {
    throw invalidArgument('The purpose is required.');
  }
  if (wanted.purpose !== 'ASYMMETRIC_SIGN') {
    throw unimplemented(`The local KMS does not support the purpose ${wanted.purpose}.`);
  }
  if (wanted.nextRotationTime || wanted.rotationPeriod) {
    throw invalidArgument('Automatic rotation is not supported for keys with the purpose ASYMMETRIC_SIGN.');
  }
  refuseFields(wanted, ['cryptoKeyBackend', 'keyAccessJustificationsPolicy']);
  return {
    name,
    createTime: kms.now(),
    policy: emptyPolicy,
    algorithm: checkedAlgorithm(wanted.versionTemplate?.algorithm),
    protectionLevel: checkedProtection(wanted.versionTemplate?.protectionLevel, false),
    importOnly: wanted.importOnly ?? false,
    destroyScheduledSeconds: destroyDelay(wanted.destroyScheduledDuration),
    labels: labels(wanted.labels),
    versions: [],
  };
}

/** 30 days unless said otherwise; from 24 hours to 120 days. */
function destroyDelay(duration: WireKey['destroyScheduledDuration']): number {
  if (!duration) return 30 * day;
  const seconds = Number(duration.seconds ?? 0);
  if (seconds < day || seconds > 120 * day) {
    throw invalidArgument('The destroy_scheduled_duration must be from 24 hours to 120 days.');
  }
  return seconds;
}

function toWire(key: CryptoKey): object {
  return {
    name: key.name,
    purpose: 'ASYMMETRIC_SIGN',
    createTime: timestamp(key.createTime),
    versionTemplate: { protectionLevel: key.protectionLevel, algorithm: key.algorithm },
    labels: key.labels,
    importOnly: key.importOnly,
    destroyScheduledDuration: { seconds: key.destroyScheduledSeconds },
  };
}

function refuseExisting(kms: Kms, name: string): void {
  if (kms.keys.get(name)) throw alreadyExists(`CryptoKey ${name} already exists.`);
}
