/** Watching a world: its keys and tokens become known to the scan, and its payloads are looked at while they pass. */

import type { Cloud } from '../../local/cloud.ts';
import { watchingCodec } from './codec.ts';
import type { WatchingCodec } from './codec.ts';
import { describeFinds } from './places.ts';
import { ownNeedles, register } from './registry.ts';
import { scanBytes } from './scan.ts';
import { secretsOfKey, secretsOfStored, secretsOfToken } from './secrets.ts';
import type { Secret } from './secrets.ts';

export type Watch = {
  /** The cloud, with every key that its authority issues registered, and at its end all that `collect` would. */
  readonly cloud: Cloud;
  /** Has the tokens, the assertions and the private keys in secrets known that came since: a key may be destroyed soon. */
  readonly collect: () => Promise<void>;
  /** For the workers and clients of the world. */
  readonly codec: WatchingCodec;
  /** Throws when a secret passed through the codec, or stands in what is given. */
  assertClean(written: unknown): void;
};

export function watchWorld(cloud: Cloud): Watch {
  const { authority } = cloud;
  const credentials = credentialsOf(cloud);
  const codec = watchingCodec(() => {
    ownNeedles.add(credentials.fresh());
    return ownNeedles;
  });
  const collect = () => register(credentials.fresh());
  return {
    codec,
    collect,
    cloud: {
      ...cloud,
      authority: {
        ...authority,
        async issue(request) {
          const issued = await authority.issue(request);
          await register(secretsOfKey(issued.privateKey));
          return issued;
        },
      },
      async close() {
        await cloud.close();
        await register(credentials.all());
      },
    },
    assertClean(written) {
      const place = 'what the world wrote';
      const text = Buffer.from(JSON.stringify(written) ?? '');
      const finds = [...codec.finds, ...scanBytes(ownNeedles, text).map((find) => ({ ...find, place }))];
      if (finds.length > 0) throw new Error(`Secrets showed:\n${describeFinds(finds).join('\n')}`);
    },
  };
}

/** Tokens that Digdir issued, assertions that it was sent, and private keys that are in secrets, as applications' are. */
function credentialsOf({ digdir, google }: Cloud): { all(): Secret[]; fresh(): Secret[] } {
  let [tokens, assertions] = [0, 0];
  const looked = new Set<string>();
  const stored = (): Secret[] =>
    google.inspect().secrets.flatMap(({ name, versions }) =>
      versions.flatMap(({ number, payload }) => {
        const version = `${name} ${number}`;
        if (!payload || looked.has(version)) return [];
        looked.add(version);
        return secretsOfStored(payload);
      }),
    );
  const seen: Secret[] = [];
  return {
    all() {
      seen.push(...stored());
      return [...seen, ...[...digdir.issuedTokens(), ...digdir.receivedAssertions()].flatMap(secretsOfToken)];
    },
    fresh() {
      const [issued, received] = [digdir.issuedTokens(), digdir.receivedAssertions()];
      const fresh = [...issued.slice(tokens), ...received.slice(assertions)];
      [tokens, assertions] = [issued.length, received.length];
      const keys = stored();
      seen.push(...keys);
      return [...fresh.flatMap(secretsOfToken), ...keys];
    },
  };
}
