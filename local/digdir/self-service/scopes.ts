/** `/scopes`: an organisation's own scopes, and the list of all public ones. */

import type { Request } from '../http.ts';
import type { Scope } from '../models.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { ApiRoute, Caller, OpenRoute } from './area.ts';
import { ApiRefusal } from './errors.ts';

export function scopeRoutes(
  { scopes }: Registry,
  settings: DigdirSettings,
): { guarded: ApiRoute[]; open: OpenRoute[] } {
  const all = (request: Request): Scope[] => {
    const inactive = request.url.searchParams.get('inactive') === 'true';
    return scopes
      .all()
      .map(({ scope }) => scope)
      .filter(({ active }) => active || inactive);
  };
  const owned = (request: Request, { organisation }: Caller) =>
    all(request).filter((scope) => scope.owner_orgno === organisation);

  return {
    guarded: [
      {
        verb: 'GET',
        pattern: '/scopes',
        scopes: ['idporten:scopes.read', 'idporten:scopes.write'],
        handle(request, caller) {
          const own = owned(request, caller);
          if (own.length === 0 && settings.emptyScopesAsError) {
            throw new ApiRefusal(404, `Organization ${caller.organisation} does not have any scopes`);
          }
          return { status: 200, body: own };
        },
      },
      {
        verb: 'GET',
        pattern: '/scopes/scope',
        scopes: ['idporten:scopes.read'],
        handle(request, caller) {
          const scope = scopes.get(request.url.searchParams.get('scope') ?? '')?.scope;
          if (!scope) throw new ApiRefusal(404, 'Scope not found');
          if (scope.owner_orgno !== caller.organisation) {
            throw new ApiRefusal(403, 'The scope belongs to another organization');
          }
          return { status: 200, body: scope };
        },
      },
    ],
    open: [
      {
        verb: 'GET',
        pattern: '/scopes/all',
        handle: (request) => ({ status: 200, body: all(request).filter((scope) => isListed(scope, request)) }),
      },
    ],
  };
}

/** Public, and as the query asks. */
function isListed(scope: Scope, { url }: Request): boolean {
  const prefix = url.searchParams.get('prefix');
  const type = url.searchParams.get('integration_type');
  const forAll = url.searchParams.get('accessible_for_all');
  const types: readonly string[] = scope.allowed_integration_types;
  return (
    scope.visibility === 'PUBLIC' &&
    (prefix === null || scope.prefix === prefix) &&
    (type === null || types.length === 0 || types.includes(type)) &&
    (forAll === null || String(scope.accessible_for_all) === forAll)
  );
}
