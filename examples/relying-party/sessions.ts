/**
 * Sessions on the server, in memory: a browser has only a random name for one. An application that runs more than once
 * needs a store that all its instances share, or a front-channel logout reaches the wrong one.
 */

import { randomBytes } from 'node:crypto';

export type Lifetime = {
  /** Milliseconds without a request. */
  readonly idle: number;
  /** Milliseconds altogether. */
  readonly longest: number;
};

export type Sessions<Content> = {
  /** A new session's name, which nobody can guess. */
  start(content: Content): string;
  find(name: string | undefined): Content | undefined;
  /** Gives what was in the session. */
  end(name: string | undefined): Content | undefined;
  /** Ends sessions by what is in them. */
  endWhere(isMeant: (content: Content) => boolean): void;
};

type Entry<Content> = { readonly content: Content; readonly started: number; used: number };

/** @param clock milliseconds since 1970. */
export function createSessions<Content>(
  { idle, longest }: Lifetime,
  clock: () => number = Date.now,
): Sessions<Content> {
  const entries = new Map<string, Entry<Content>>();

  const dropExpired = (now: number) => {
    for (const [name, { started, used }] of entries) {
      if (now >= used + idle || now >= started + longest) entries.delete(name);
    }
  };
  const find = (name: string | undefined) => {
    dropExpired(clock());
    const entry = entries.get(name ?? '');
    if (entry) entry.used = clock();
    return entry?.content;
  };

  return {
    find,
    start(content) {
      const name = randomBytes(32).toString('base64url');
      entries.set(name, { content, started: clock(), used: clock() });
      return name;
    },
    end(name) {
      const content = find(name);
      entries.delete(name ?? '');
      return content;
    },
    endWhere(isMeant) {
      for (const [name, { content }] of entries) if (isMeant(content)) entries.delete(name);
    },
  };
}
