/** Maskinporten's three addresses: metadata, keys, and the token endpoint. */

import type { Trust } from './certificate-rules.ts';
import { authorize } from './authorization.ts';
import { decode, type GrantContext, JWT_BEARER, verifyGrant } from './grant.ts';
import type { Area, Reply, Request } from './http.ts';
import { injectedErrors, type InjectedTokenError } from './injected-errors.ts';
import {
  TOKEN_ERRORS,
  type TokenErrorCode,
  type TokenErrorDetails,
  TokenRefusal,
  tokenErrorBody,
} from './maskinporten-errors.ts';
import { accessId, type Registry } from './registry.ts';
import type { DigdirSettings } from './settings.ts';
import type { Tokens } from './tokens.ts';
import type { UsedGrants } from './used-grants.ts';

export type MaskinportenParts = {
  /** With a slash at its end. */
  readonly issuer: string;
  readonly registry: Registry;
  readonly trust: Trust;
  readonly tokens: Tokens;
  readonly usedGrants: UsedGrants;
  readonly settings: DigdirSettings;
  /** The clock of registrations; Digdir's own is `settings.clockSkew` ahead. */
  readonly clock: () => Date;
};

/** A refused token request, with the reason that the reply does not give. */
export type Refusal = { readonly client: string; readonly code: TokenErrorCode; readonly reason: string };

export type Maskinporten = {
  readonly area: Area;
  inject(error: InjectedTokenError): void;
  /** The scopes of the token that the assertion would bring, or why it would bring none; it is not used up. */
  judge(assertion: string): Promise<readonly string[] | string>;
  refusals(): readonly Refusal[];
  /** All that was sent as an assertion, oldest first. */
  assertions(): readonly string[];
};

export function createMaskinporten(parts: MaskinportenParts): Maskinporten {
  const { issuer, tokens, settings } = parts;
  const injected = injectedErrors();
  const refusals: Refusal[] = [];
  const assertions: string[] = [];

  const refuse = (
    code: TokenErrorCode,
    details: TokenErrorDetails = {},
    status?: number,
    retryAfter?: number,
  ): Reply => ({
    status: status ?? TOKEN_ERRORS[code].status,
    body: tokenErrorBody(code, details, settings.codesInText),
    ...(retryAfter !== undefined && { headers: { 'retry-after': String(retryAfter) } }),
  });

  const token = async (request: Request): Promise<Reply> => {
    const client = callerOf(request);
    assertions.push(readForm(request).get('assertion') ?? '');
    const next = injected.next(client);
    if (next) return refuse(next.code, detailsOf(request, parts.registry), next.status, next.retryAfter);
    try {
      return {
        status: 200,
        body: await grantToken(readAssertion(request), parts),
        headers: { 'cache-control': 'no-store' },
      };
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error;
      refusals.push({ client, code: error.code, reason: error.message });
      return refuse(error.code, error.details);
    }
  };

  return {
    inject: (error) => injected.add(error),
    async judge(assertion) {
      try {
        const { grant } = await authorizedGrant(assertion, parts, () => true);
        return grant.claims.scopes;
      } catch (error) {
        if (error instanceof TokenRefusal) return `${error.code}: ${error.message}`;
        throw error;
      }
    },
    refusals: () => refusals.slice(),
    assertions: () => assertions.slice(),
    area: {
      system: 'maskinporten',
      prefixes: ['/maskinporten'],
      caller: callerOf,
      routes: [
        {
          verb: 'GET',
          pattern: '/.well-known/oauth-authorization-server',
          handle: () => ({ status: 200, body: metadata(issuer) }),
        },
        { verb: 'GET', pattern: '/jwk', handle: () => ({ status: 200, body: tokens.keys }) },
        { verb: 'POST', pattern: '/token', handle: token },
      ],
      failure: (status) =>
        status === 503 ? refuse('unavailable', {}, status, settings.retryAfter) : { status, body: { status } },
    },
  };
}

async function grantToken(assertion: string, parts: MaskinportenParts): Promise<unknown> {
  const { settings, usedGrants, tokens } = parts;
  const use: Use = (grant, exp) => usedGrants.use(grant, exp);
  const { grant, authorized, now } = await authorizedGrant(assertion, parts, use);
  const limits = authorized.scopes.map(({ scope }) => scope.at_max_age).filter((limit) => limit > 0);
  const lifetime = Math.min(grant.client.access_token_lifetime ?? settings.tokenLifetime, ...limits);
  return tokens.issue(grant, authorized, lifetime, now);
}

type Use = GrantContext['use'];

/** Throws a `TokenRefusal` with the first error found. */
async function authorizedGrant(assertion: string, parts: MaskinportenParts, use: Use) {
  const { registry, settings } = parts;
  const time = parts.clock().getTime();
  const now = new Date(time + settings.clockSkew);
  const known = time - settings.propagationDelay;
  const grant = await verifyGrant(assertion, {
    issuer: parts.issuer,
    now,
    trust: parts.trust,
    client: (id) => registry.clients.asOf(id, known),
    use,
  });
  const authorized = authorize(grant, {
    find: (scope) => registry.scopes.asOf(scope, known),
    hasAccess: (scope, consumer) => registry.accesses.asOf(accessId(scope, consumer), known)?.state === 'APPROVED',
  });
  return { grant, authorized, now };
}

/** The form's two fields; anything else than a form has neither. */
function readAssertion(request: Request): string {
  const form = readForm(request);
  if (form.get('grant_type') !== JWT_BEARER) throw new TokenRefusal('unsupported-grant-type', `not ${JWT_BEARER}`);
  const assertion = form.get('assertion');
  if (assertion === null) throw new TokenRefusal('MP-011', 'assertion is missing');
  return assertion;
}

function readForm({ headers, body }: Request): URLSearchParams {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return new URLSearchParams(type === 'application/x-www-form-urlencoded' ? body : '');
}

/** The client that the assertion names, unverified. */
function callerOf(request: Request): string {
  return textOr(claimsOf(request)?.iss, 'anonymous');
}

function claimsOf(request: Request) {
  try {
    return decode(readForm(request).get('assertion') ?? '').payload;
  } catch {
    return undefined;
  }
}

/** What an injected error's text says of the request, as far as the assertion tells. */
function detailsOf(request: Request, registry: Registry): TokenErrorDetails {
  const { iss, scope, consumer_org: consumerOrg } = claimsOf(request) ?? {};
  const own = registry.clients.get(textOr(iss, ''))?.client.client_orgno ?? '';
  return { scope: textOr(scope, ''), consumer: textOr(consumerOrg, own), supplier: own };
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** As at test.maskinporten.no, with local addresses. */
function metadata(issuer: string) {
  return {
    issuer,
    token_endpoint: `${issuer}token`,
    jwks_uri: `${issuer}jwk`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    grant_types_supported: [JWT_BEARER],
    token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS384', 'RS512'],
    authorization_details_types_supported: ['urn:altinn:systemuser', 'urn:altinn:consent'],
  };
}
