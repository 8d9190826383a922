/** Cloud KMS: key rings, import-only signing keys, import jobs, versions and signatures (google.cloud.kms.v1). */

import { createHash, createPublicKey } from 'node:crypto';
import type { KeyManagementServiceClient } from '@google-cloud/kms';
import { lastPart, parentOf } from '../domain/names.ts';
import type { KeyAlgorithm } from '../domain/plan.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ProtectionLevel } from '../domain/tenant.ts';
import { crc32c } from './crc32c.ts';
import { asking, hasStatus, lookingFor, status } from './google-errors.ts';
import { callOptions } from './limits.ts';
import type { Limits } from './limits.ts';

export type CryptoKey = {
  readonly name: string;
  readonly purpose: string;
  readonly protectionLevel: string;
  /** Of versions to come. */
  readonly algorithm: string;
  readonly importOnly: boolean;
  readonly labels: Readonly<Record<string, string>>;
};

export type KeyVersion = {
  readonly name: string;
  readonly state: string;
  readonly importJob: string;
  readonly importFailureReason: string;
};

export type ImportJob = {
  readonly name: string;
  readonly state: string;
  readonly importMethod: string;
  readonly expires: Date;
};

/** The recommended method for RSA keys: RSA-OAEP with SHA-256 around an AES-256 key, AES-KWP around the private key. */
export const importMethod = 'RSA_OAEP_3072_SHA256_AES_256';

export type Kms = ReturnType<typeof createKms>;

export function createKms(client: KeyManagementServiceClient) {
  return {
    async keyRingExists(name: string, limits: Limits): Promise<boolean> {
      const found = await lookingFor(`reading ${name}`, () => client.getKeyRing({ name }, callOptions(limits)));
      return found !== undefined;
    },

    /** Creates the key ring, or finds that it exists. */
    async createKeyRing(name: string, limits: Limits): Promise<void> {
      const request = { parent: parentOf(name), keyRingId: lastPart(name), keyRing: {} };
      await asking(`creating ${name}`, () => orExisting(client.createKeyRing(request, callOptions(limits))));
    },

    async cryptoKey(name: string, limits: Limits): Promise<CryptoKey | undefined> {
      const found = await lookingFor(`reading ${name}`, () => client.getCryptoKey({ name }, callOptions(limits)));
      if (!found) return undefined;
      const [key] = found;
      return {
        name: String(key.name),
        purpose: String(key.purpose),
        protectionLevel: String(key.versionTemplate?.protectionLevel),
        algorithm: String(key.versionTemplate?.algorithm),
        importOnly: key.importOnly === true,
        labels: key.labels ?? {},
      };
    },

    /** Creates an import-only signing key without a first version, or finds that it exists. */
    async createCryptoKey(
      name: string,
      wanted: { algorithm: KeyAlgorithm; protectionLevel: ProtectionLevel; labels: Record<string, string> },
      limits: Limits,
    ): Promise<void> {
      const request = {
        parent: parentOf(name),
        cryptoKeyId: lastPart(name),
        skipInitialVersionCreation: true,
        cryptoKey: {
          purpose: 'ASYMMETRIC_SIGN' as const,
          importOnly: true,
          labels: wanted.labels,
          versionTemplate: { algorithm: wanted.algorithm, protectionLevel: wanted.protectionLevel },
        },
      };
      await asking(`creating ${name}`, () => orExisting(client.createCryptoKey(request, callOptions(limits))));
    },

    /** Sets labels, or removes those whose value is `undefined`. The last writer wins: only the provisioner writes them. */
    async label(name: string, changes: Record<string, string | undefined>, limits: Limits): Promise<void> {
      const [key] = await asking(`reading ${name}`, () => client.getCryptoKey({ name }, callOptions(limits)));
      const entries = Object.entries({ ...key.labels, ...changes }).filter(([, value]) => value !== undefined);
      const labels = Object.fromEntries(entries) as Record<string, string>;
      const request = { cryptoKey: { name, labels }, updateMask: { paths: ['labels'] } };
      await asking(`labelling ${name}`, () => client.updateCryptoKey(request, callOptions(limits)));
    },

    /** All versions of a key, in order of their numbers. */
    async versions(cryptoKey: string, limits: Limits): Promise<KeyVersion[]> {
      const [versions] = await asking(`listing the versions of ${cryptoKey}`, () =>
        client.listCryptoKeyVersions({ parent: cryptoKey }, callOptions(limits)),
      );
      return versions
        .map(keyVersion)
        .toSorted((one, other) => Number(lastPart(one.name)) - Number(lastPart(other.name)));
    },

    async version(name: string, limits: Limits): Promise<KeyVersion | undefined> {
      const found = await lookingFor(`reading ${name}`, () =>
        client.getCryptoKeyVersion({ name }, callOptions(limits)),
      );
      return found && keyVersion(found[0]);
    },

    /** The version's public key: SubjectPublicKeyInfo, DER in base64. */
    async publicKey(name: string, limits: Limits): Promise<string> {
      const [key] = await asking(`reading the public key of ${name}`, () =>
        client.getPublicKey({ name }, callOptions(limits)),
      );
      const pem = String(key.pem);
      checkCrc(Buffer.from(pem), key.pemCrc32c?.value, `the public key of ${name}`);
      return createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64');
    },

    async importJob(name: string, limits: Limits): Promise<ImportJob | undefined> {
      const found = await lookingFor(`reading ${name}`, () => client.getImportJob({ name }, callOptions(limits)));
      if (!found) return undefined;
      const [job] = found;
      return {
        name: String(job.name),
        state: String(job.state),
        importMethod: String(job.importMethod),
        expires: new Date(Number(job.expireTime?.seconds ?? 0) * 1000),
      };
    },

    /** Creates an import job, or finds that it exists. */
    async createImportJob(name: string, protectionLevel: ProtectionLevel, limits: Limits): Promise<void> {
      const importJob = { importMethod, protectionLevel } as const;
      const request = { parent: parentOf(name), importJobId: lastPart(name), importJob };
      await asking(`creating ${name}`, () => orExisting(client.createImportJob(request, callOptions(limits))));
    },

    /** Imports a wrapped key as a new version. Not idempotent: look for the public key among the versions first. */
    async importVersion(
      cryptoKey: string,
      wrapped: { importJob: string; algorithm: KeyAlgorithm; wrappedKey: Buffer },
      limits: Limits,
    ): Promise<KeyVersion> {
      const request = { parent: cryptoKey, ...wrapped };
      const [version] = await client.importCryptoKeyVersion(request, callOptions(limits));
      return keyVersion(version);
    },

    async setState(name: string, state: 'ENABLED' | 'DISABLED', limits: Limits): Promise<void> {
      const request = { cryptoKeyVersion: { name, state }, updateMask: { paths: ['state'] } };
      await asking(`setting ${name} to ${state}`, () => client.updateCryptoKeyVersion(request, callOptions(limits)));
    },

    /** Schedules the version for destruction, or finds that it is scheduled or destroyed already. */
    async destroyVersion(name: string, limits: Limits): Promise<void> {
      const version = await this.version(name, limits);
      if (version?.state === 'DESTROY_SCHEDULED' || version?.state === 'DESTROYED') return;
      await asking(`destroying ${name}`, () => client.destroyCryptoKeyVersion({ name }, callOptions(limits)));
    },

    /** RSASSA-PKCS1-v1_5 with SHA-256 over the data; checksums are checked both ways. */
    async sign(name: string, data: Uint8Array, limits: Limits): Promise<Buffer> {
      const sha256 = createHash('sha256').update(data).digest();
      const request = { name, digest: { sha256 }, digestCrc32c: { value: crc32c(sha256) } };
      const [reply] = await asking(`signing with ${name}`, () => client.asymmetricSign(request, callOptions(limits)));
      const signature = Buffer.from(reply.signature as Uint8Array);
      if (!reply.verifiedDigestCrc32c)
        throw new Refusal('GOOGLE_UNAVAILABLE', `KMS received a damaged digest to sign.`);
      checkCrc(signature, reply.signatureCrc32c?.value, `the signature of ${name}`);
      return signature;
    },
  };
}

function keyVersion(version: {
  name?: string | null;
  state?: unknown;
  importJob?: string | null;
  importFailureReason?: string | null;
}): KeyVersion {
  return {
    name: String(version.name),
    state: String(version.state),
    importJob: version.importJob ?? '',
    importFailureReason: version.importFailureReason ?? '',
  };
}

async function orExisting(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!hasStatus(error, status.alreadyExists)) throw error;
  }
}

function checkCrc(bytes: Uint8Array, sum: unknown, what: string): void {
  if (sum === undefined || sum === null) return;
  if (Number(sum) !== crc32c(bytes)) throw new Refusal('GOOGLE_UNAVAILABLE', `${what} arrived damaged.`);
}
