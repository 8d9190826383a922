/**
 * The local ID-porten: an origin of its own, at which `oidc-provider` (certified) serves the clients of the self-service
 * API, behind what ID-porten asks beyond the protocol. Sessions and tokens are in memory; keys are in the folder.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Calls } from '../../calls.ts';
import { replaceFile } from '../collection.ts';
import type { OAuthClient } from '../models.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import { openSigningKey } from '../tokens.ts';
import { openUsedGrants } from '../used-grants.ts';
import { authenticationError, authenticationFinding } from './client-authentication.ts';
import { clientsOf } from './clients.ts';
import { serveLogin } from './login.ts';
import { finishLogout } from './logout.ts';
import { metadata } from './metadata.ts';
import { createProvider } from './provider.ts';
import { callerOf, formOf, inLedger, readForm } from './requests.ts';
import { createStore } from './store.ts';

export type IdportenOptions = {
  readonly folder: string;
  readonly calls: Calls;
  readonly registry: Registry;
  readonly settings: DigdirSettings;
  /** The clock of registrations. Sessions and tokens live by the real one. */
  readonly clock: () => Date;
  /** Any free one when 0. */
  readonly port: number;
};

export type Idporten = {
  /** Without a slash at its end. */
  readonly issuer: string;
  /** The metadata's address. */
  readonly metadata: string;
  /** All that clients sent as an assertion, oldest first. */
  assertions(): readonly string[];
  close(): Promise<void>;
};

const METADATA = '/.well-known/openid-configuration';

/** Where a client must say who it is. */
const AUTHENTICATED = new Set(['POST /par', 'POST /token', 'POST /token/introspect', 'POST /token/revoke']);

export async function startIdporten(options: IdportenOptions): Promise<Idporten> {
  const { settings, clock } = options;
  const folder = join(options.folder, 'idporten');
  mkdirSync(folder, { recursive: true });
  const clients = clientsOf(options.registry, settings, clock);
  const store = createStore((id) => clients.metadata(id));
  const usedAssertions = openUsedGrants(folder, clock());

  const server = createServer();
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const provider = createProvider({
    issuer,
    signingKey: openSigningKey(join(folder, 'signing-key.pem')),
    secret: openSecret(join(folder, 'secret')),
    clients,
    store,
    settings,
  });

  const assertions: string[] = [];
  const authenticate = (ctx: KoaContextWithOIDC) => {
    assertions.push(formOf(ctx).get('client_assertion') ?? '');
    return authenticationFinding(formOf(ctx), {
      issuer,
      now: new Date(clock().getTime() + settings.clockSkew),
      client: (id) => clients.find(id),
      use: (assertion, exp) => usedAssertions.use(assertion, exp),
    });
  };
  const serve = async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
    const route = `${ctx.method} ${ctx.path}`;
    if (route === `GET ${METADATA}`) {
      ctx.body = metadata(issuer, `http://${settings.idportenFrontHost}:${port}`);
    } else if (ctx.path.startsWith('/login/')) {
      await serveLogin(ctx, provider, formOf(ctx));
    } else if (route === 'POST /logout') {
      // Over plain http a browser sends the session's cookie to us from another site only with a GET.
      ctx.status = 303;
      ctx.redirect(`/logout?${formOf(ctx).toString()}`);
    } else {
      if (route === 'GET /logout') await withholdReturn(ctx, provider);
      const finding = AUTHENTICATED.has(route) ? await authenticate(ctx) : undefined;
      if (finding === undefined) await next();
      else [ctx.status, ctx.body] = [401, authenticationError(finding)];
    }
    if (route === 'POST /token') addRefreshLife(ctx, clients.find(callerOf(ctx))?.client);
    if (route === 'POST /logout/confirm' && ctx.status === 303) finishLogout(ctx, { issuer, clients, store });
  };
  provider.use((ctx: KoaContextWithOIDC, next) => inLedger(ctx, options, () => serve(ctx, next)));
  const answer = provider.callback();
  server.on('request', (incoming, response) => {
    readForm(incoming)
      .then((request) => answer(request, response))
      .catch(() => response.destroy());
  });

  return {
    issuer,
    metadata: `${issuer}${METADATA}`,
    assertions: () => assertions.filter((assertion) => assertion !== ''),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Nobody is sent back who neither has a session nor says, by an id_token, who had one. */
async function withholdReturn(ctx: KoaContextWithOIDC, provider: Provider): Promise<void> {
  if ('id_token_hint' in ctx.query || (await provider.Session.get(ctx)).accountId !== undefined) return;
  ctx.query = { ...ctx.query, post_logout_redirect_uri: undefined };
}

/** ID-porten's own addition to a token response (2025). */
function addRefreshLife(ctx: KoaContextWithOIDC, client: OAuthClient | undefined): void {
  const body: unknown = ctx.body;
  if (typeof body !== 'object' || body === null || !('refresh_token' in body)) return;
  ctx.body = { ...body, refresh_token_expires_in: client?.refresh_token_lifetime };
}

function openSecret(file: string): string {
  if (!existsSync(file)) replaceFile(file, randomBytes(32).toString('base64url'));
  return readFileSync(file, 'utf8');
}
