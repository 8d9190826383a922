/**
 * Which addresses a client may register.
 *
 * Source: the validator of Digdir's own web pages (2025), which the API is assumed to share, and oidc_func_clientreg.
 */

import type { OAuthClient } from '../models.ts';

export type UriRules = {
  readonly applicationType: OAuthClient['application_type'];
  readonly production: boolean;
};

/** What is wrong with the address, or nothing. */
export function uriFinding(uri: string, { applicationType, production }: UriRules): string | undefined {
  const native = applicationType === 'native';
  const url = URL.parse(native ? withoutWildcardPort(uri) : uri);
  if (!url) return 'is not an absolute URI';
  if (uri.includes('#')) return 'must not have a fragment';
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  if (!web) return native ? undefined : 'must be http or https';
  if (url.hostname === '' || url.hostname.includes('*')) return 'must name a host';
  if (url.hostname === 'localhost' && url.protocol === 'https:') return 'must be http on localhost';
  if (production && isLoopback(url)) return native ? undefined : 'must not be on localhost in production';
  if (production && url.protocol === 'http:') return 'must be https in production';
  return undefined;
}

/** Whether both addresses have the same scheme, host and port. */
export function sameOrigin(one: string, other: string): boolean {
  const origin = URL.parse(one)?.origin;
  return origin !== undefined && origin === URL.parse(other)?.origin;
}

/** Native clients listen on any free port: `https://127.0.0.1:*\/callback`. */
function withoutWildcardPort(uri: string): string {
  return uri.replace(/^(https?:\/\/[^/:]+):\*(?=\/|$)/, '$1');
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
