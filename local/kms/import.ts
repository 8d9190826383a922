/** `ImportCryptoKeyVersion`: refuses at once what can be seen at once; the rest shows in the version's state, later. */
import type { protos } from '@google-cloud/kms';

import { bytes, refuseFields } from '../grpc/fields.ts';
import { idOf, parentOf } from '../grpc/names.ts';
import { failedPrecondition, invalidArgument } from '../grpc/rpc-error.ts';
import type { Handlers } from '../grpc/server.ts';
import { checkedAlgorithm } from './algorithms.ts';
import { demand, foundJob, foundKey, foundVersion, type Kms } from './kms.ts';
import { jobState, withVersion, type CryptoKey, type ImportJob, type KeyVersion } from './model.ts';
import { checkWrappedLength, unwrap } from './unwrap.ts';
import { versionToWire } from './versions.ts';

type ImportRequest = protos.google.cloud.kms.v1.IImportCryptoKeyVersionRequest;

/** Not idempotent: each accepted call without a target makes the next version, as with the real service. */
export function importing(kms: Kms): Handlers {
  return {
    ImportCryptoKeyVersion(request: ImportRequest, caller) {
      const target = request.cryptoKeyVersion || undefined;
      const permission = `cloudkms.cryptoKeyVersions.${target ? 'update' : 'create'}`;
      const keyName = demand(kms, caller, permission, 'cryptoKey', request.parent);
      const jobName = demand(kms, caller, 'cloudkms.importJobs.useToImport', 'importJob', request.importJob);
      const [key, job] = [foundKey(kms, keyName), foundJob(kms, jobName)];
      refuseFields(request, ['trustedWrappingEnabled']);
      const algorithm = checkedAlgorithm(request.algorithm);
      checkJob(kms, key, job);
      const wrapped = wrappedKey(request);
      checkWrappedLength(wrapped, job.importMethod);
      const former = target ? reimportTarget(kms, caller, key, target, algorithm) : undefined;

      const result = unwrap(wrapped, job, algorithm, former?.publicKey);
      const version: KeyVersion = {
        number: former?.number ?? key.versions.length + 1,
        algorithm,
        state: 'PENDING_IMPORT',
        pending: {
          until: kms.now() + kms.settings.importDelay,
          becomes: 'privateKey' in result ? 'ENABLED' : 'IMPORT_FAILED',
        },
        createTime: former?.createTime ?? kms.now(),
        importJob: job.name,
        importTime: kms.now() + kms.settings.importDelay,
        ...(former?.publicKey !== undefined && { publicKey: former.publicKey }),
        ...result,
      };
      kms.keys.put(withVersion(key, version));
      return versionToWire(key, version);
    },
  };
}

function checkJob(kms: Kms, key: CryptoKey, job: ImportJob): void {
  if (parentOf(job.name) !== parentOf(key.name)) {
    throw invalidArgument(`The import job ${job.name} is not in the key ring of ${key.name}.`);
  }
  const state = jobState(job, kms.now());
  if (state !== 'ACTIVE') {
    throw failedPrecondition(`Import job ${job.name} is not active, current state is: ${state}.`);
  }
  if (job.protectionLevel !== key.protectionLevel) {
    throw invalidArgument(
      `The import job's protection level ${job.protectionLevel} does not match the key's, ${key.protectionLevel}.`,
    );
  }
  if (!job.importMethod.endsWith('_AES_256')) {
    throw invalidArgument(`The import method ${job.importMethod} cannot be used to wrap RSA keys for import.`);
  }
}

function wrappedKey(request: ImportRequest): Buffer {
  const [current, legacy] = [bytes(request.wrappedKey), bytes(request.rsaAesWrappedKey)];
  const wrapped = current ?? legacy;
  if (!wrapped || (current && legacy)) {
    throw invalidArgument('Exactly one of wrapped_key and rsa_aes_wrapped_key must be set.');
  }
  return wrapped;
}

/** A version of this key that an import made, without material now; had it some, algorithm and material stay the same. */
function reimportTarget(kms: Kms, caller: string, key: CryptoKey, asked: string, algorithm: string): KeyVersion {
  const name = demand(kms, caller, 'cloudkms.cryptoKeyVersions.update', 'version', asked);
  if (parentOf(name) !== key.name) throw invalidArgument(`${name} is not a version of ${key.name}.`);
  const { version } = foundVersion(kms, name);
  const eligible = version.importJob && (version.state === 'DESTROYED' || version.state === 'IMPORT_FAILED');
  if (!eligible) {
    throw failedPrecondition(`Version ${idOf(name)} is not eligible for reimport, current state is: ${version.state}.`);
  }
  if (version.publicKey !== undefined && version.algorithm !== algorithm) {
    throw invalidArgument(`A reimport must keep the version's algorithm, ${version.algorithm}.`);
  }
  return version;
}
