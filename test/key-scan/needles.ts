/** Finding any 24 bytes in a row of any of many secrets, in one pass over what is searched. */

import type { Secret } from './secrets.ts';

export type Needles = {
  add(secrets: readonly Secret[]): void;
  /** Tells the secrets that show in `bytes`, each with the offset at which it shows first. */
  find(bytes: Buffer): ReadonlyMap<string, number>;
};

/**
 * Windows of 16 bytes at every eighth byte: whatever 24 bytes of a secret are copied, one window is whole among them.
 * 128 bits do not agree by chance.
 */
const WINDOW = 16;
const STRIDE = 8;

type Needle = { readonly secret: string; readonly window: Buffer };

export function createNeedles(): Needles {
  const names = new Set<string>();
  const needles = new Map<number, Needle[]>();
  // One bit for each hash of a window's first four bytes: nearly every place is told from a needle by this alone.
  const beginnings = new Uint8Array(2 ** 21);

  return {
    add(secrets) {
      for (const { name, bytes } of secrets) {
        if (names.has(name)) continue;
        names.add(name);
        const whole = Buffer.from(bytes);
        for (let start = 0; start + WINDOW <= whole.length; start += STRIDE) {
          const window = whole.subarray(start, start + WINDOW);
          const word = window.readUInt32BE();
          const slot = slotOf(word);
          beginnings[slot >>> 3] = (beginnings[slot >>> 3] ?? 0) | (1 << (slot & 7));
          needles.set(word, [...(needles.get(word) ?? []), { secret: name, window }]);
        }
      }
    },

    find(bytes) {
      const found = new Map<string, number>();
      let word = 0;
      for (let at = 0; at < bytes.length; at++) {
        word = ((word << 8) | (bytes[at] ?? 0)) >>> 0;
        const slot = slotOf(word);
        if (((beginnings[slot >>> 3] ?? 0) & (1 << (slot & 7))) === 0) continue;
        const start = at - 3;
        for (const { secret, window } of needles.get(word) ?? []) {
          if (start >= 0 && window.equals(bytes.subarray(start, start + WINDOW)) && !found.has(secret)) {
            found.set(secret, start);
          }
        }
      }
      return found;
    },
  };
}

/** 24 bits of a multiplicative hash (Knuth). */
const slotOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> 8;
