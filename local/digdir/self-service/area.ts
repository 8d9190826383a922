/** The self-service API v1: its routes, who may use each, and the answers to those who may not. */

import { decodeJwt } from 'jose';
import type { Trust } from '../certificate-rules.ts';
import type { Area, Reply, Request, Route } from '../http.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { Tokens } from '../tokens.ts';
import { type ApiFinding, type ApiObject, ApiRefusal, apiErrorBody } from './errors.ts';
import { clientRoutes } from './clients.ts';
import { delegationSourceRoutes } from './delegation-sources.ts';
import { keyRoutes } from './keys.ts';
import { directoryRoutes, prefixRoutes } from './prefixes.ts';
import { scopeAccessRoutes } from './scope-access.ts';
import { openScopeRoutes, scopeRoutes } from './scopes.ts';

export type SelfServiceParts = {
  readonly registry: Registry;
  readonly tokens: Tokens;
  /** Whose certificates a key may carry. */
  readonly trust: Trust;
  readonly settings: DigdirSettings;
  readonly clock: () => Date;
};

/** Whose token a request bears. */
export type Caller = { readonly organisation: string; readonly scopes: readonly string[] };

/** A route of the API, below `/api/v1`. */
export type ApiRoute = {
  readonly verb: string;
  readonly pattern: string;
  /** Any of them suffices. */
  readonly scopes: readonly string[];
  readonly handle: (request: Request, caller: Caller) => Reply;
};

/** A route that asks for no token. */
export type OpenRoute = {
  readonly verb: string;
  readonly pattern: string;
  readonly handle: (request: Request) => Reply;
};

/** Also below `/external`, which two of Digdir's customers use. */
export function selfServiceArea(parts: SelfServiceParts): Area {
  const { registry, settings, clock } = parts;
  const guarded = [
    ...clientRoutes(registry, settings, clock),
    ...keyRoutes(parts),
    ...scopeRoutes(registry, settings, clock),
    ...scopeAccessRoutes(registry, settings, clock),
    ...prefixRoutes(registry, settings),
  ];
  const open = [...openScopeRoutes(registry), ...directoryRoutes(registry), ...delegationSourceRoutes()];

  const answer = (status: number, findings: readonly ApiFinding[], object: ApiObject = 'Client'): Reply => ({
    status,
    body: apiErrorBody(status, findings, clock(), object),
    ...(status === 401 && { headers: { 'www-authenticate': 'Bearer' } }),
    ...(status === 503 &&
      settings.retryAfter !== undefined && { headers: { 'retry-after': `${settings.retryAfter}` } }),
  });
  const route = (verb: string, pattern: string, handle: (request: Request) => Reply | Promise<Reply>): Route => ({
    verb,
    pattern: `/api/v1${pattern}`,
    async handle(request) {
      try {
        return await handle(request);
      } catch (error) {
        if (error instanceof ApiRefusal) return answer(error.status, error.findings, error.object);
        throw error;
      }
    },
  });

  return {
    system: 'self-service',
    prefixes: ['/external', ''],
    caller: callerName,
    routes: [
      ...open.map(({ verb, pattern, handle }) => route(verb, pattern, handle)),
      ...guarded.map(({ verb, pattern, scopes, handle }) =>
        route(verb, pattern, async (request) => handle(request, await authenticate(request, scopes, parts))),
      ),
    ],
    failure: (status) => answer(status, [{ message: FAILURES[status] }]),
  };
}

const FAILURES = { 404: 'Not found', 500: 'Internal server error', 503: 'Service unavailable' } as const;

/** The bearer of a valid token that holds one of the scopes. Throws 401 or 403. */
async function authenticate(request: Request, scopes: readonly string[], parts: SelfServiceParts): Promise<Caller> {
  const now = new Date(parts.clock().getTime() + parts.settings.clockSkew);
  const token = bearerToken(request);
  if (token === undefined) throw new ApiRefusal(401, 'Missing access token');
  const payload = await parts.tokens.verify(token, now).catch(() => {
    throw new ApiRefusal(401, 'Invalid or expired access token');
  });
  const granted = String(payload['scope']).split(' ');
  const suffices = (scope: string) =>
    scopes.includes(scope) || (parts.settings.writeImpliesRead && implies(scope, scopes));
  if (!granted.some(suffices)) throw new ApiRefusal(403, `Insufficient scope: ${scopes.join(' or ')} required`);
  return { organisation: String(payload['client_orgno']), scopes: granted };
}

function implies(granted: string, wanted: readonly string[]): boolean {
  return ['dcr', 'scopes'].some(
    (area) => granted === `idporten:${area}.write` && wanted.includes(`idporten:${area}.read`),
  );
}

function bearerToken({ headers }: Request): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** The client that the token names, unverified. */
function callerName(request: Request): string {
  try {
    const id = decodeJwt(bearerToken(request) ?? '')['client_id'];
    return typeof id === 'string' ? id : 'anonymous';
  } catch {
    return 'anonymous';
  }
}
