/** Answers to a browser: pages, redirects, cookies. */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

export type Reply = { readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string };

/** Holds for every answer that does not say otherwise: nothing is kept by browsers, or shown in a foreign frame. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function send(response: ServerResponse, { status, headers, body = '' }: Reply): void {
  response.writeHead(status, { ...HEADERS, ...headers }).end(body);
}

/** @param body HTML; texts of others in it must have gone through `escapeHtml`. */
export function page(status: number, body: string, headers: OutgoingHttpHeaders = {}): Reply {
  const head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Relying party</title>';
  return { status, headers, body: `${head}\n${body}\n</html>\n` };
}

export function redirect(location: string | URL, ...cookies: string[]): Reply {
  return { status: 303, headers: { location: String(location), 'set-cookie': cookies } };
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export type Cookie = {
  read(request: IncomingMessage): string | undefined;
  /** For `set-cookie`. Lives until the browser closes: how long it is good for is the server's to say. */
  write(value: string): string;
  clear(): string;
};

/** A cookie out of reach of scripts and of other sites; over https also of networks and of neighbouring hosts. */
export function createCookie(name: string, secure: boolean): Cookie {
  const fullName = secure ? `__Host-${name}` : name;
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return {
    read: ({ headers }) =>
      headers.cookie
        ?.split('; ')
        .find((pair) => pair.startsWith(`${fullName}=`))
        ?.slice(fullName.length + 1),
    write: (value) => `${fullName}=${value}; ${attributes}`,
    clear: () => `${fullName}=; ${attributes}; Max-Age=0`,
  };
}
