/** A constant load: requests that are made all the time, each of them counted, and each that fails kept. */

import { setTimeout as wait } from 'node:timers/promises';

export type Requester = {
  readonly name: string;
  /** Milliseconds from the beginning of one request to that of the next, or until it is answered where that is later. */
  readonly every: number;
  /** One request; it counts as failed when it rejects. */
  readonly request: () => Promise<unknown>;
};

type FailedRequest = { readonly requester: string; readonly reason: string };

export type Load = {
  /** Requests that were answered so far, the failed ones among them. */
  readonly count: () => number;
  readonly failures: () => readonly FailedRequest[];
  /** Resolves when so many more requests are answered. */
  readonly more: (requests: number) => Promise<void>;
  /** Resolves when each of them, or else everybody, has made a request that began after the call, and met what there is. */
  readonly round: (who?: readonly Requester[]) => Promise<void>;
  /** Resolves when the last request is answered; none begins after the call. */
  readonly stop: () => Promise<void>;
};

/** Begins with the call. */
export function startLoad(requesters: readonly Requester[]): Load {
  const stopped = new AbortController();
  const answered = new Map<Requester, number>(requesters.map((requester) => [requester, 0]));
  const failures: FailedRequest[] = [];
  const awaited = new Set<() => void>();
  const count = () => [...answered.values()].reduce((sum, one) => sum + one, 0);

  /** Looks again after each answer. */
  function until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        awaited.delete(look);
        resolve();
      };
      awaited.add(look);
      look();
    });
  }

  async function goOn(requester: Requester): Promise<void> {
    while (!stopped.signal.aborted) {
      const begun = performance.now();
      try {
        await requester.request();
      } catch (error) {
        failures.push({ requester: requester.name, reason: error instanceof Error ? error.message : String(error) });
      }
      answered.set(requester, (answered.get(requester) ?? 0) + 1);
      for (const look of awaited) look();
      const left = Math.max(0, requester.every - (performance.now() - begun));
      await wait(left, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  const going = Promise.all(requesters.map(goOn));
  return {
    count,
    failures: () => failures.slice(),
    more: async (requests) => {
      const total = count() + requests;
      await until(() => count() >= total);
    },
    round: async (who = requesters) => {
      // The first answer of each may be to a request that had begun before.
      const wanted = who.map((one) => ({ one, answers: (answered.get(one) ?? 0) + 2 }));
      await until(() => wanted.every(({ one, answers }) => (answered.get(one) ?? 0) >= answers));
    },
    stop: async () => {
      stopped.abort();
      await going;
    },
  };
}
