import { once } from 'node:events';
import { createServer } from 'node:net';

/** Resolves to `count` different ports of the loopback interface that nobody listens on, chosen by the system. */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All are held until the last is there: a port that was let go may be given again.
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  return ports;
}
