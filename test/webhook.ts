/** A webhook for a test: a real server that keeps what it is sent, and answers as it is told. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notice } from '../domain/watch.ts';
import { DisturbedCall } from '../local/calls.ts';

type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

export type Webhook = {
  readonly url: string;
  /** Everything that came, whatever the answer was. */
  readonly received: Notice[];
  /** Ids of what was taken. */
  taken(): string[];
  /** Answers so from now on; with 200 when nothing is given. */
  answer(how?: (notice: Notice) => Answer): void;
  close(): Promise<void>;
};

/** `run`: of a ledger, in which each notice is then a call like any other, and may be disturbed. */
export async function startWebhook(run?: (effect: () => void) => Promise<void>): Promise<Webhook> {
  const received: Notice[] = [];
  const taken: string[] = [];
  let how = (_notice: Notice): Answer => ({ status: 200 });
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const notice = JSON.parse(Buffer.concat(parts).toString()) as Notice;
      void take(notice, response);
    });
  });
  async function take(notice: Notice, response: ServerResponse): Promise<void> {
    const effect = () => {
      const { status, headers = {} } = how(notice);
      received.push(notice);
      if (status === 200) taken.push(notice.id);
      response.writeHead(status, headers);
    };
    try {
      await (run ? run(effect) : effect());
      response.end('ok');
    } catch (error) {
      if (error instanceof DisturbedCall && error.disturbance === 'lose-reply') response.destroy();
      else response.writeHead(503).end();
    }
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/services/secret-part-of-the-address`,
    received,
    taken: () => taken.slice(),
    answer: (next = () => ({ status: 200 })) => {
      how = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
