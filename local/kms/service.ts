/** The local Cloud KMS as a whole: its records in a folder, its handlers, and what tests may look at. */
import path from 'node:path';

import { openRecords } from '../grpc/records.ts';
import type { Handlers } from '../grpc/server.ts';
import { toWire } from '../iam/policy.ts';
import { cryptoKeys } from './crypto-keys.ts';
import { importJobs } from './import-jobs.ts';
import { importing } from './import.ts';
import { keyRings, kmsPolicies } from './key-rings.ts';
import type { Kms } from './kms.ts';
import { jobState, settled, type CryptoKey, type ImportJob, type KeyRing, type KmsRecords } from './model.ts';
import { signing } from './signing.ts';
import { versions } from './versions.ts';

export function openKmsRecords(folder: string): KmsRecords {
  return {
    rings: openRecords<KeyRing>(path.join(folder, 'key-rings')),
    keys: openRecords<CryptoKey>(path.join(folder, 'crypto-keys')),
    jobs: openRecords<ImportJob>(path.join(folder, 'import-jobs')),
  };
}

/** Handlers of `google.cloud.kms.v1.KeyManagementService`, and of `google.iam.v1.IAMPolicy` as KMS serves it. */
export function cloudKms(kms: Kms): { handlers: Handlers; policies: Handlers } {
  return {
    handlers: {
      ...keyRings(kms),
      ...cryptoKeys(kms),
      ...versions(kms),
      ...importJobs(kms),
      ...importing(kms),
      ...signing(kms),
    },
    policies: kmsPolicies(kms),
  };
}

/** Everything that exists, without private keys. */
export function inspectKms(kms: Kms) {
  return {
    keyRings: kms.rings.all().map((ring) => ({ name: ring.name, bindings: toWire(ring.policy).bindings })),
    cryptoKeys: kms.keys.all().map((key) => ({
      name: key.name,
      algorithm: key.algorithm,
      protectionLevel: key.protectionLevel,
      importOnly: key.importOnly,
      labels: key.labels,
      bindings: toWire(key.policy).bindings,
      versions: key.versions.map((stored) => {
        const { privateKey: _, ...version } = settled(stored, kms.now());
        return { ...version, name: `${key.name}/cryptoKeyVersions/${version.number}` };
      }),
    })),
    importJobs: kms.jobs.all().map((job) => ({
      name: job.name,
      importMethod: job.importMethod,
      protectionLevel: job.protectionLevel,
      state: jobState(job, kms.now()),
      publicKey: job.publicKey,
    })),
  };
}
