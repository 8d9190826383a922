/** Applications that log people in: the one of `examples/relying-party`, each with credentials of its own. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer as createIngress } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRelyingParty } from '../examples/relying-party/relying-party.ts';
import type { LocalDigdir } from '../local/digdir/server.ts';
import { registerLoginClient } from './services/idporten-client.ts';
import type { TestWorld } from './services/local-digdir.ts';
import type { Call, TestKey } from './services/self-service-caller.ts';

export type Received = { readonly method: string; readonly url: URL; readonly headers: IncomingHttpHeaders };

export type RelyingParty = {
  readonly origin: string;
  /** Of its credentials. */
  readonly folder: string;
  readonly clientId: string;
  /** All requests to this path, oldest first. */
  received(path: string): readonly Received[];
  close(): Promise<void>;
};

export const LOGOUT_PATH = '/oauth2/logout';

/** Has a client made for an application at this origin, and what it is given written to the folder; tells the client's id. */
export type Provide = (folder: string, origin: string) => Promise<string>;

export type Place = {
  /** Where folders of credentials are made. */
  readonly folder: string;
  /** The application's host name; its port is one of its own. */
  readonly host?: string;
  /** What an ingress ends TLS with, PEM; plain http without. */
  readonly tls?: { readonly key: string; readonly cert: string };
};

/** Starts it, and has its client made. */
export async function startRelyingParty(
  { folder: parent, host = '127.0.0.1', tls }: Place,
  provide: Provide,
): Promise<RelyingParty> {
  const folder = join(parent, `credentials-${randomUUID()}`);
  const requests: Received[] = [];
  const application = createRelyingParty({ credentials: folder, frontchannelLogoutPath: LOGOUT_PATH });
  const server = tls
    ? createIngress(tls, (request, response) => application.emit('request', request, response))
    : application;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `${tls ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`;
  application.prependListener('request', ({ method = '', url = '', headers }) => {
    requests.push({ method, url: new URL(`${origin}${url}`), headers });
  });
  const clientId = await provide(folder, origin);
  return {
    origin,
    folder,
    clientId,
    received: (path) => requests.filter(({ url }) => url.pathname === path),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Registered by hand at the self-service API; `change` is of the registration. */
export const byHand =
  ({ digdir }: TestWorld, call: Call, change: object = {}): Provide =>
  async (folder, origin) =>
    await provisionedFiles(folder, { digdir, call, origin, change });

export type Declaration = {
  readonly digdir: LocalDigdir;
  readonly call: Call;
  /** Where the application is found. */
  readonly origin: string;
  readonly change?: object;
};

/** Has a client registered for the application, and what it is given written to the folder. Resolves to the client's id. */
export async function provisionedFiles(folder: string, { digdir, call, origin, change }: Declaration): Promise<string> {
  const { id, key, redirectUri } = await registerLoginClient(call, {
    redirect_uris: [`${origin}/oauth2/callback`],
    post_logout_redirect_uris: [`${origin}/`],
    frontchannel_logout_uri: `${origin}${LOGOUT_PATH}`,
    frontchannel_logout_session_required: true,
    ...change,
  });
  const { issuer, metadata } = digdir.idporten;
  await writeFiles(folder, {
    IDPORTEN_CLIENT_ID: id,
    IDPORTEN_CLIENT_JWK: privateJwk(key),
    IDPORTEN_REDIRECT_URI: redirectUri,
    IDPORTEN_WELL_KNOWN_URL: metadata,
    IDPORTEN_ISSUER: issuer,
    IDPORTEN_JWKS_URI: `${issuer}/jwks.json`,
    IDPORTEN_TOKEN_ENDPOINT: `${issuer}/token`,
  });
  return id;
}

/** Into the folder, which may be there: a file for each variable. */
export async function writeFiles(folder: string, variables: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, value] of Object.entries(variables)) await writeFile(join(folder, name), value);
}

/** As `IDPORTEN_CLIENT_JWK` has it. */
export function privateJwk({ privateKey, jwk: { kid } }: TestKey): string {
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' });
}
