/**
 * Ports of the loopback interface on which we serve. They are none of those that the system gives to whoever wants any (from
 * 32768 on Linux, from 49152 elsewhere): ours are let go and taken again, and nobody is to be given one in between.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

const range = [20_000, 32_000] as const;

/** So many tries fail only where next to all ports of the range are taken. */
const mostTries = 10_000;

/** Resolves to `count` different ports that nobody listens on. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries += 1) {
      if (tries === mostTries) throw new Error(`No free port was found from ${range[0]} to ${range[1] - 1}.`);
      const port = randomInt(...range);
      const server = held.has(port) ? undefined : await listening(port);
      if (server) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    // All are held until the last is there, so that no two are the same.
    await Promise.all([...held.values()].map((server) => server[Symbol.asyncDispose]()));
  }
}

/** Nothing when somebody listens there already. */
async function listening(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
