/** HTTP for the local Digdir: routes with `{name}` patterns, each request an entry in the ledger of external calls. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Calls, DisturbedCall, type System } from '../calls.ts';

export type Request = {
  /** `GET`, `POST` … */
  readonly verb: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** What stood in the place of each `{name}` of the route's pattern. */
  readonly parameters: Readonly<Record<string, string>>;
};

export type Reply = {
  readonly status: number;
  /** Sent as JSON; no body when absent. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Route = {
  readonly verb: string;
  /** Below its area, for example `/api/v1/clients/{id}`. */
  readonly pattern: string;
  readonly handle: (request: Request) => Reply | Promise<Reply>;
};

/** One system's share of the addresses. */
export type Area = {
  readonly system: System;
  /** The area's routes are served below each of these; the first area with a matching prefix serves a request. */
  readonly prefixes: readonly string[];
  readonly routes: readonly Route[];
  /** For the ledger: the caller as the request names itself, unverified. */
  readonly caller: (request: Request) => string;
  /** The reply to what no route serves (404), to a refused call (503), and to a defect of ours (500). */
  readonly failure: (status: 404 | 500 | 503) => Reply;
};

export type Listener = {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Begins to answer; the last area must serve every path. */
  serve(areas: readonly Area[], calls: Calls): void;
  close(): Promise<void>;
};

/** Listens on 127.0.0.1, on any free port when `port` is 0. Requests wait until there is something to serve them. */
export async function listen(port: number): Promise<Listener> {
  const service = Promise.withResolvers<(incoming: IncomingMessage, response: ServerResponse) => Promise<void>>();
  const server = createServer((incoming, response) => {
    void service.promise.then((serve) => serve(incoming, response));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (areas, calls) => service.resolve((incoming, response) => answer(areas, calls, incoming, response)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  areas: readonly Area[],
  calls: Calls,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const verb = incoming.method ?? 'GET';
  const { area, path } = findArea(areas, url.pathname);
  try {
    const { route, parameters } = findRoute(area.routes, verb, path);
    const request: Request = { verb, url, headers: incoming.headers, body: await text(incoming), parameters };
    const call = { system: area.system, method: `${verb} ${route?.pattern ?? path}`, caller: area.caller(request) };
    send(response, await calls.run(call, () => (route ? route.handle(request) : area.failure(404))));
  } catch (error) {
    if (error instanceof DisturbedCall && error.disturbance === 'lose-reply') response.destroy();
    else if (error instanceof DisturbedCall) send(response, area.failure(503));
    else {
      console.error(error);
      send(response, area.failure(500));
    }
  }
}

function findArea(areas: readonly Area[], pathname: string): { area: Area; path: string } {
  for (const area of areas) {
    const prefix = area.prefixes.find((one) => pathname.startsWith(`${one}/`));
    if (prefix !== undefined) return { area, path: pathname.slice(prefix.length) };
  }
  throw new Error('The last area must serve every path');
}

function findRoute(
  routes: readonly Route[],
  verb: string,
  path: string,
): { route?: Route; parameters: Record<string, string> } {
  for (const route of routes) {
    const parameters = route.verb === verb ? match(route.pattern, path) : undefined;
    if (parameters) return { route, parameters };
  }
  return { parameters: {} };
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith('{') && value !== '') parameters[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return parameters;
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  const content = body === undefined ? undefined : JSON.stringify(body);
  response.writeHead(status, { ...(content !== undefined && { 'content-type': 'application/json' }), ...headers });
  response.end(content);
}
