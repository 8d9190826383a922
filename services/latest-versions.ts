/**
 * The highest version of secrets that many activities follow: looked for from the one that is known, by number, and kept
 * for a while. Reading `latest` may be hours behind.
 */

import type { Limits } from './limits.ts';
import { lastPart } from '../domain/names.ts';
import type { SecretManager, SecretVersion } from './secret-manager.ts';

export type LatestVersions = ReturnType<typeof createLatestVersions>;

/** `kept`: milliseconds that a version is gone on with before a newer one is looked for. */
export function createLatestVersions(secrets: SecretManager, clock: { now(): Date }, kept: number) {
  const known = new Map<string, { readonly version: SecretVersion; readonly at: number }>();

  return {
    /** The highest readable version of the secret, or nothing while there is none. `age`: milliseconds that it may be old. */
    async latest(secret: string, limits: Limits, age = kept): Promise<SecretVersion | undefined> {
      const now = clock.now().getTime();
      const last = known.get(secret);
      if (last && now - last.at < age) return last.version;
      const first = last ? Number(lastPart(last.version.name)) : 1;
      // The known one may have been disabled or destroyed since: then an earlier one is the highest.
      const version =
        (await secrets.readFrom(secret, first, limits)).at(-1) ??
        (first > 1 ? (await secrets.readFrom(secret, 1, limits)).at(-1) : undefined);
      if (version) known.set(secret, { version, at: now });
      else known.delete(secret);
      return version;
    },
  };
}
