/** The addresses of a client: what Digdir accepts as one, and which of them citizens cannot reach. */

import type { Environment } from '../domain/environments.ts';
import type { FailureCode } from '../domain/failures.ts';

/** A failure code, and a phrase that follows the field's name. */
export type AddressFault = { readonly code: FailureCode; readonly phrase: string };

const fault = (code: FailureCode, phrase: string): AddressFault => ({ code, phrase });

/** The characters of RFC 3986, without `#` and `*`, which have findings of their own. */
const uriCharacters = /^[\w\-.~:/?[\]@!$&'()+,;=%]+$/;

/**
 * What is wrong with a URI of a web client in the environment, if anything: https with a host, no fragment, no wildcard;
 * `http` for localhost alone, and localhost not in production (docs.digdir.no, "Klientregistrering", with the checks of
 * Digdir's self-service web pages). The host has to be written as browsers write it, since Digdir compares letter by letter.
 */
export function addressFault(uri: string, environment: Environment): AddressFault | undefined {
  if (uri.includes('#')) return fault('ADDRESS_FRAGMENT', 'has a fragment');
  if (uri.includes('*')) return fault('ADDRESS_WILDCARD', 'has a wildcard');
  const [, scheme, authority] = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?]*)/.exec(uri) ?? [];
  if (scheme === undefined) return fault('ADDRESS_INVALID', 'is not a complete address, as in https://app.example.no');
  if (authority === '') return fault('ADDRESS_INVALID', 'names no host');
  if (!/^https?$/.test(scheme)) return fault('ADDRESS_SCHEME', `has to be https, not ${scheme.slice(0, 20)}`);
  if (!uriCharacters.test(uri)) return fault('ADDRESS_INVALID', 'has a character that no URI has');
  const url = URL.parse(uri);
  if (!url) return fault('ADDRESS_INVALID', 'is not a URI');
  if (url.username !== '' || url.password !== '') return fault('ADDRESS_INVALID', 'names a user');
  if (url.host !== authority) return fault('ADDRESS_INVALID', `has to write its host as ${url.host.slice(0, 80)}`);
  return placeFault(url, environment);
}

function placeFault({ protocol, hostname }: URL, environment: Environment): AddressFault | undefined {
  if (!isLoopback(hostname)) {
    return protocol === 'https:' ? undefined : fault('ADDRESS_SCHEME', 'has to be https');
  }
  if (environment === 'production') return fault('ADDRESS_LOCALHOST', 'is on localhost, in production');
  return protocol === 'http:' ? undefined : fault('ADDRESS_LOCALHOST', 'has to be http:// on localhost');
}

const isLoopback = (host: string): boolean => /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/** Scheme, host and port; `undefined` for what is not a URI. */
export const originOf = (uri: string): string | undefined => URL.parse(uri)?.origin;

/** Parts of a host name that tell of an internal network (`app.intern.example.no`). */
const internalLabels: readonly string[] = ['intern', 'internal', 'internt'];

/** Ends of host names that no public DNS answers (RFC 6762, RFC 8375, and what clusters and offices use). */
const internalEndings: readonly string[] = ['.local', '.localdomain', '.lan', '.corp', '.home.arpa', '.svc'];

/** Private and link-local addresses (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291). */
const internalAddresses: readonly RegExp[] = [
  /^10(\.\d+){3}$/,
  /^172\.(1[6-9]|2\d|3[01])(\.\d+){2}$/,
  /^192\.168(\.\d+){2}$/,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])(\.\d+){2}$/,
  /^169\.254(\.\d+){2}$/,
  /^\[f[cd][0-9a-f]{2}:/,
  /^\[fe[89ab][0-9a-f]:/,
];

/** Whether the host is one that the browser of a citizen does not reach, as far as its name tells; localhost is not. */
export function isInternal(uri: string): boolean {
  const host = URL.parse(uri)?.hostname ?? '';
  if (host === '' || isLoopback(host)) return false;
  const labels = host.split('.');
  return (
    (labels.length === 1 && !host.startsWith('[')) ||
    labels.some((label) => internalLabels.includes(label)) ||
    internalEndings.some((ending) => host.endsWith(ending)) ||
    internalAddresses.some((form) => form.test(host))
  );
}
