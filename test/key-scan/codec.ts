/**
 * A payload codec that changes nothing and looks at everything: what passes between worker, client and server and never
 * reaches the database (queries, refused updates, details of heartbeats) is seen here.
 */

import type { Payload, PayloadCodec } from '@temporalio/common';
import type { Needles } from './needles.ts';
import { scanBytes } from './scan.ts';
import type { PlacedFind } from './places.ts';

export type WatchingCodec = PayloadCodec & {
  /** What was found so far. It is not thrown: a worker would try the same again for ever. */
  readonly finds: readonly PlacedFind[];
  /** How many payloads were looked at. */
  readonly seen: number;
};

/** Looks, whenever a payload passes, for all that `needles` gives then. */
export function watchingCodec(needles: () => Needles): WatchingCodec {
  const finds: PlacedFind[] = [];
  let seen = 0;
  const look = async (payloads: Payload[], place: string): Promise<Payload[]> => {
    for (const { data, metadata } of payloads) {
      seen += 1;
      for (const bytes of [data, ...Object.values(metadata ?? {})]) {
        if (bytes) finds.push(...scanBytes(needles(), Buffer.from(bytes)).map((find) => ({ ...find, place })));
      }
    }
    return payloads;
  };
  return {
    encode: async (payloads) => await look(payloads, 'a payload that was sent'),
    decode: async (payloads) => await look(payloads, 'a payload that was received'),
    finds,
    get seen() {
      return seen;
    },
  };
}
