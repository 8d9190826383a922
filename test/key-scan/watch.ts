/** Watching a world: its keys and tokens become known to the scan, and its payloads are looked at while they pass. */

import type { Cloud } from '../../local/cloud.ts';
import { watchingCodec } from './codec.ts';
import type { WatchingCodec } from './codec.ts';
import { describeFinds } from './places.ts';
import { ownNeedles, register } from './registry.ts';
import { scanBytes } from './scan.ts';
import { secretsOfKey, secretsOfToken } from './secrets.ts';
import type { Secret } from './secrets.ts';

export type Watch = {
  /** The cloud, with every key that its authority issues registered, and at its end every token and assertion. */
  readonly cloud: Cloud;
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
  return {
    codec,
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

/** Tokens that Digdir issued, and assertions that it was sent. */
function credentialsOf({ digdir }: Cloud): { all(): Secret[]; fresh(): Secret[] } {
  let [tokens, assertions] = [0, 0];
  return {
    all: () => [...digdir.issuedTokens(), ...digdir.receivedAssertions()].flatMap(secretsOfToken),
    fresh() {
      const [issued, received] = [digdir.issuedTokens(), digdir.receivedAssertions()];
      const fresh = [...issued.slice(tokens), ...received.slice(assertions)];
      [tokens, assertions] = [issued.length, received.length];
      return fresh.flatMap(secretsOfToken);
    },
  };
}
