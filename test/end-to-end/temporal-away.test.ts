/** A Temporal that goes away while a command talks to it: the command ends in order. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { after, test } from 'node:test';
import { withTemporal } from '../../client/connect.ts';
import { testTemporal } from '../environment.ts';

const sockets = new Set<Socket>();
let isAway = false;
const line = createServer((socket) => void join(socket));
after(() => line.close());

/** Carries what is said to the server of the tests and back, as long as that is there. */
async function join(socket: Socket): Promise<void> {
  if (isAway) {
    socket.destroy();
    return;
  }
  const { address } = await testTemporal();
  const [host = '', port] = address.split(':');
  const server = connect(Number(port), host);
  for (const end of [socket, server]) {
    sockets.add(end);
    end.on('error', () => undefined);
  }
  socket.pipe(server).pipe(socket);
}

test('what is asked again when the command ends is asked no more, and breaks nothing', async () => {
  const { namespace } = await testTemporal();
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  const { port } = line.address() as AddressInfo;
  const output = {
    data: () => undefined,
    say: () => undefined,
    json: false,
    interactive: false,
    live: false,
    terminal: false,
  };
  const call = { arguments: [], options: { temporal: `127.0.0.1:${port}`, namespace }, environment: {}, output };
  const asked = await withTemporal(call, async ({ client }) => {
    await client.workflowService.describeNamespace({ namespace });
    isAway = true;
    for (const socket of sockets) socket.destroy();
    const asking = client.workflow.getHandle('nobody').describe();
    asking.catch(() => undefined);
    // The line is tried again, in vain: from now on the SDK asks again and again.
    await once(line, 'connection');
    return { asking };
  });
  await assert.rejects(asked.asking, { name: 'ServiceError' });
});
