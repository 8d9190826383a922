/**
 * Runs the application:
 *
 *   node examples/relying-party/main.ts --credentials FOLDER --port 3000
 */

import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { readCredentials, signingKeyOf } from './credentials.ts';
import { createRelyingParty } from './relying-party.ts';

const { values } = parseArgs({
  options: {
    credentials: { type: 'string', default: '/var/run/secrets/nais.io/idporten' },
    port: { type: 'string', default: process.env['PORT'] ?? '3000' },
    /** A proxy that ends TLS is in front. */
    host: { type: 'string', default: '127.0.0.1' },
    'frontchannel-logout-path': { type: 'string', default: '/oauth2/logout' },
    'post-logout-redirect-uri': { type: 'string' },
  },
});

// What is missing is said now, and not to the first citizen.
const credentials = await readCredentials(values.credentials);
await signingKeyOf(credentials);

const server = createRelyingParty({
  credentials: values.credentials,
  frontchannelLogoutPath: values['frontchannel-logout-path'],
  postLogoutRedirectUri: values['post-logout-redirect-uri'],
});
server.listen(Number(values.port), values.host, () => {
  const { address, port } = server.address() as AddressInfo;
  console.log(`${new URL('/', credentials.IDPORTEN_REDIRECT_URI).href} is served at ${address}, port ${port}`);
});
