/** Secret Manager: secrets, their versions, and reading them by number (google.cloud.secretmanager.v1). */

import type { protos, SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { lastPart, parentOf } from '../domain/names.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Replication } from '../domain/tenant.ts';
import { crc32c } from './crc32c.ts';
import { asking, googleRefusal, hasStatus, lookingFor, status } from './google-errors.ts';
import { callOptions } from './limits.ts';
import type { Limits } from './limits.ts';

export type Secret = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of labels, annotations and what else describes the secret; adding a version leaves it as it is. */
  readonly etag: string;
  readonly replication: Replication;
};

export type SecretVersion = { readonly name: string; readonly data: Buffer };

export type SecretManager = ReturnType<typeof createSecretManager>;

export function createSecretManager(client: SecretManagerServiceClient) {
  /** `undefined` where there is no such version, `unusable` where it is disabled or destroyed. */
  async function read(name: string, limits: Limits): Promise<SecretVersion | 'unusable' | undefined> {
    try {
      const [reply] = await client.accessSecretVersion({ name }, callOptions(limits));
      const data = Buffer.from(reply.payload?.data as Uint8Array);
      const sum = reply.payload?.dataCrc32c;
      if (sum !== undefined && sum !== null && Number(sum) !== crc32c(data)) {
        throw new Refusal('GOOGLE_UNAVAILABLE', `${name} arrived damaged.`);
      }
      return { name: String(reply.name), data };
    } catch (error) {
      if (hasStatus(error, status.notFound)) return undefined;
      if (hasStatus(error, status.failedPrecondition)) return 'unusable';
      throw googleRefusal(error, `reading ${name}`);
    }
  }

  /**
   * The versions that can be read, from a number on and until there is none. Reading by number is strongly consistent;
   * `latest`, aliases and lists may be hours behind.
   */
  async function readFrom(secret: string, first: number, limits: Limits): Promise<SecretVersion[]> {
    const versions: SecretVersion[] = [];
    for (let number = first; ; number++) {
      const version = await read(`${secret}/versions/${number}`, limits);
      if (version === undefined) return versions;
      if (version !== 'unusable') versions.push(version);
    }
  }

  return {
    read,
    readFrom,

    /** What the secret says about itself, or `undefined`. Minutes behind, at times hours: only numbered versions are not. */
    async secret(name: string, limits: Limits): Promise<Secret | undefined> {
      const found = await lookingFor(`reading ${name}`, () => client.getSecret({ name }, callOptions(limits)));
      return found && secretOf(found[0]);
    },

    /** Secrets of the project that bear all of these labels. Late at times, as all that is not read by number. */
    async labelled(project: string, labels: Readonly<Record<string, string>>, limits: Limits): Promise<Secret[]> {
      const filter = Object.entries(labels).map(([name, value]) => `labels.${name}=${value}`);
      const [secrets] = await asking(`listing the secrets of ${project}`, () =>
        client.listSecrets({ parent: project, filter: filter.join(' AND ') }, callOptions(limits)),
      );
      return secrets.map(secretOf);
    },

    /** Creates an empty secret and tells what it is; nothing when it exists already. */
    async createSecret(
      name: string,
      wanted: { labels: Record<string, string>; annotations?: Record<string, string>; replication: Replication },
      limits: Limits,
    ): Promise<Secret | undefined> {
      const replication =
        wanted.replication === 'automatic'
          ? { automatic: {} }
          : { userManaged: { replicas: wanted.replication.locations.map((location) => ({ location })) } };
      const request = {
        parent: parentOf(name),
        secretId: lastPart(name),
        secret: { labels: wanted.labels, annotations: wanted.annotations ?? {}, replication },
      };
      try {
        const [secret] = await client.createSecret(request, callOptions(limits));
        return secretOf(secret);
      } catch (error) {
        if (hasStatus(error, status.alreadyExists)) return undefined;
        throw googleRefusal(error, `creating ${name}`);
      }
    },

    /**
     * Replaces all labels and annotations, and tells what the secret is then. `STATE_CONFLICT` when the etag is not the
     * present one: somebody else wrote, or what was read was late (cloud.google.com/secret-manager/docs/etags). After a
     * lost reply that is also what a second call with the same etag says.
     */
    async updateSecret(
      name: string,
      wanted: { labels: Record<string, string>; annotations: Record<string, string>; etag: string },
      limits: Limits,
    ): Promise<Secret> {
      const request = { secret: { name, ...wanted }, updateMask: { paths: ['labels', 'annotations'] } };
      try {
        const [secret] = await client.updateSecret(request, callOptions(limits));
        return secretOf(secret);
      } catch (error) {
        if (!hasStatus(error, status.failedPrecondition)) throw googleRefusal(error, `updating ${name}`);
        throw new Refusal('STATE_CONFLICT', `updating ${name}: it is no longer as it was read.`);
      }
    },

    /** Adds a version and tells its name. Not idempotent: look for the payload among the versions first. */
    async addVersion(secret: string, data: Buffer, limits: Limits): Promise<string> {
      const request = { parent: secret, payload: { data, dataCrc32c: crc32c(data) } };
      const [version] = await asking(`adding a version of ${secret}`, () =>
        client.addSecretVersion(request, callOptions(limits)),
      );
      return String(version.name);
    },

    async disableVersion(name: string, limits: Limits): Promise<void> {
      await asking(`disabling ${name}`, () => client.disableSecretVersion({ name }, callOptions(limits)));
    },

    /** Destroys the payload for good. A version that is destroyed already, or was never there, is as good. */
    async destroyVersion(name: string, limits: Limits): Promise<void> {
      try {
        await client.destroySecretVersion({ name }, callOptions(limits));
      } catch (error) {
        if (hasStatus(error, status.notFound)) return;
        // Of a destroyed version; but a payload that can still be read was refused for another reason.
        const destroyed = hasStatus(error, status.failedPrecondition) && typeof (await read(name, limits)) !== 'object';
        if (!destroyed) throw googleRefusal(error, `destroying ${name}`);
      }
    },
  };
}

function secretOf(secret: protos.google.cloud.secretmanager.v1.ISecret): Secret {
  const replicas = secret.replication?.userManaged?.replicas;
  return {
    name: String(secret.name),
    labels: secret.labels ?? {},
    annotations: secret.annotations ?? {},
    etag: String(secret.etag),
    replication: replicas ? { locations: replicas.map(({ location }) => String(location)) } : 'automatic',
  };
}
