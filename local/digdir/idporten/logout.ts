/**
 * Front-channel logout (OpenID Connect Front-Channel Logout 1.0), which `oidc-provider` lacks, as ID-porten does it:
 * every client of the session is loaded in an iframe with `iss` and `sid`, also the one that began the logout, and only
 * then does the browser go back.
 */

import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Clients } from './clients.ts';
import { escapeHtml, page } from './pages.ts';
import type { Store } from './store.ts';

export type LogoutParts = { readonly issuer: string; readonly clients: Clients; readonly store: Store };

/** Milliseconds until the browser goes back although a client has not answered. */
const PATIENCE = 5000;

/** To be called when `oidc-provider` has ended the session of this request and is about to redirect. */
export function finishLogout(ctx: KoaContextWithOIDC, { issuer, clients, store }: LogoutParts): void {
  const authorizations = Object.entries(ctx.oidc.session?.authorizations ?? {});
  const target = ctx.response.get('Location');
  const frames: string[] = [];
  for (const [id, { sid, grantId }] of authorizations) {
    const client = clients.find(id)?.client;
    // What an API was opened with outlives the logout; what only tells who somebody is does not.
    const forLoginOnly = client?.scopes.every((scope) => scope === 'openid' || scope === 'profile') ?? true;
    if (grantId !== undefined && forLoginOnly) store.revokeGrant(grantId);
    if (client?.frontchannel_logout_uri !== undefined && sid !== undefined) {
      frames.push(logoutAddress(client.frontchannel_logout_uri, issuer, sid));
    }
  }
  ctx.remove('Location');
  ctx.status = 200;
  ctx.type = 'html';
  ctx.body = logoutPage(frames, target);
}

function logoutAddress(uri: string, issuer: string, sid: string): string {
  const address = new URL(uri);
  address.searchParams.set('iss', issuer);
  address.searchParams.set('sid', sid);
  return address.href;
}

function logoutPage(frames: readonly string[], target: string): string {
  const hidden = frames.map((src) => `<iframe hidden src="${escapeHtml(src)}"></iframe>`).join('\n');
  return page(
    'Logger ut',
    `${hidden}
<p><a id="back" href="${escapeHtml(target)}">Videre</a></p>
<script>
const back = () => location.replace(document.getElementById('back').href);
addEventListener('load', back);
setTimeout(back, ${PATIENCE});
</script>`,
  );
}
