/** Requests to ID-porten: their form, who makes them, and their line in the ledger of external calls. */

import { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { type Calls, DisturbedCall } from '../../calls.ts';
import type { DigdirSettings } from '../settings.ts';
import { subjectOf } from './client-authentication.ts';

const forms = new WeakMap<IncomingMessage, URLSearchParams>();

/** Reads the body, and gives the request once more with the body unread, for those who want to read it themselves. */
export async function readForm(incoming: IncomingMessage): Promise<IncomingMessage> {
  const body = await text(incoming);
  const request = new IncomingMessage(incoming.socket);
  const { method, url, headers, httpVersion, httpVersionMajor, httpVersionMinor } = incoming;
  // What is not complete would close the connection when it has been read.
  Object.assign(request, { method, url, headers, httpVersion, httpVersionMajor, httpVersionMinor, complete: true });
  if (body !== '') request.push(body);
  request.push(null);
  forms.set(request, new URLSearchParams(body));
  return request;
}

export function formOf({ req }: KoaContextWithOIDC): URLSearchParams {
  return forms.get(req) ?? new URLSearchParams();
}

/** The client as the request names it, unverified; a browser on its way through the login names none. */
export function callerOf(ctx: KoaContextWithOIDC): string {
  const form = formOf(ctx);
  const assertion = form.get('client_assertion');
  const named =
    assertion === null ? (form.get('client_id') ?? ctx.URL.searchParams.get('client_id')) : subjectOf(assertion);
  return named ?? 'anonymous';
}

/** Carries the request out as a call; a refused one is a 503, and a lost reply cuts the line. */
export async function inLedger(
  ctx: KoaContextWithOIDC,
  { calls, settings }: { readonly calls: Calls; readonly settings: DigdirSettings },
  carryOut: () => Promise<void>,
): Promise<void> {
  const method = `${ctx.method} ${ctx.path.replace(/^\/(authorize|login)\/[^/]+$/, '/$1/{uid}')}`;
  try {
    await calls.run({ system: 'idporten', method, caller: callerOf(ctx) }, carryOut);
  } catch (error) {
    if (!(error instanceof DisturbedCall)) throw error;
    if (error.disturbance === 'lose-reply') {
      ctx.respond = false;
      ctx.res.destroy();
    } else {
      ctx.status = 503;
      ctx.body = { error: 'temporarily_unavailable' };
      if (settings.retryAfter !== undefined) ctx.set('retry-after', String(settings.retryAfter));
    }
  }
}
