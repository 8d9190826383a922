/** `/scopes`: an organisation's own scopes, made, changed and (softly) deleted, and the list of all public ones. */

import type { Request } from '../http.ts';
import type { Scope, ScopeRecord } from '../models.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { ApiRoute, Caller, OpenRoute } from './area.ts';
import { readBody } from './bodies.ts';
import { ApiRefusal } from './errors.ts';
import { flagOf, listReply, requiredQuery } from './queries.ts';
import { readScope } from './scope-body.ts';

const READ = 'idporten:scopes.read';
const WRITE = 'idporten:scopes.write';

export function scopeRoutes(registry: Registry, settings: DigdirSettings, clock: () => Date): ApiRoute[] {
  const { scopes } = registry;
  const own = (request: Request, caller: Caller) => ownScope(scopes.get(requiredQuery(request, 'scope')), caller);
  const put = (record: ScopeRecord, scope: Scope) => {
    scopes.put(scope.name, { ...record, scope });
    return { status: 200, body: scope };
  };

  return [
    {
      verb: 'GET',
      pattern: '/scopes',
      scopes: [READ, WRITE],
      handle(request, caller) {
        const owned = listed(request, registry).filter((scope) => scope.owner_orgno === caller.organisation);
        return listReply(owned, 'scopes', caller, settings);
      },
    },
    {
      verb: 'GET',
      pattern: '/scopes/scope',
      scopes: [READ],
      handle: (request, caller) => ({ status: 200, body: own(request, caller).scope }),
    },
    {
      verb: 'POST',
      pattern: '/scopes',
      scopes: [WRITE],
      handle(request, caller) {
        const draft = readScope(readBody(request), caller.organisation, undefined, settings);
        checkPrefix(draft.prefix, caller, registry);
        if (scopes.get(draft.name)) throw new ApiRefusal(409, `Conflict. The scope ${draft.name} exists.`);
        const now = clock().toISOString();
        const scope = { ...draft, owner_orgno: caller.organisation, created: now, last_updated: now };
        scopes.put(scope.name, { scope, delegations: [] });
        return { status: 201, body: scope };
      },
    },
    {
      verb: 'PUT',
      pattern: '/scopes',
      scopes: [WRITE],
      handle(request, caller) {
        const former = own(request, caller);
        const { owner_orgno, created } = former.scope;
        const draft = readScope(readBody(request), caller.organisation, former.scope, settings);
        return put(former, { ...draft, owner_orgno, created, last_updated: clock().toISOString() });
      },
    },
    {
      verb: 'DELETE',
      pattern: '/scopes',
      scopes: [WRITE],
      handle(request, caller) {
        const former = own(request, caller);
        if (former.scope.active) {
          return put(former, { ...former.scope, active: false, last_updated: clock().toISOString() });
        }
        if (!settings.repeatedDeletes) throw new ApiRefusal(409, 'Conflict. The scope is not active.');
        return { status: 200, body: former.scope };
      },
    },
  ];
}

/** The list that everybody may see. */
export function openScopeRoutes(registry: Registry): OpenRoute[] {
  return [
    {
      verb: 'GET',
      pattern: '/scopes/all',
      handle: (request) => ({
        status: 200,
        body: listed(request, registry).filter((scope) => isPublic(scope, request)),
      }),
    },
  ];
}

/** The scope, if there is one (404) and it is of the caller's organisation (403). */
export function ownScope(record: ScopeRecord | undefined, caller: Caller): ScopeRecord {
  if (!record) throw new ApiRefusal(404, 'Scope not found');
  if (record.scope.owner_orgno !== caller.organisation) {
    throw new ApiRefusal(403, 'The scope belongs to another organization');
  }
  return record;
}

function listed(request: Request, { scopes }: Registry): Scope[] {
  const inactive = flagOf(request, 'inactive') === true;
  return scopes
    .all()
    .map(({ scope }) => scope)
    .filter(({ active }) => active || inactive);
}

/** Digdir's staff assign prefixes by hand. */
function checkPrefix(prefix: string, { organisation }: Caller, { prefixes }: Registry): void {
  const record = prefixes.get(prefix);
  if (!record?.active) {
    throw new ApiRefusal(400, [{ field: 'prefix', message: `prefix ${prefix} is not a known prefix` }], 'Scope');
  }
  if (record.owner_orgno !== organisation) throw new ApiRefusal(403, 'The prefix belongs to another organization');
}

/** Public, and as the query asks; Digdir's own web pages ask for integration types in capitals. */
function isPublic(scope: Scope, request: Request): boolean {
  const prefix = request.url.searchParams.get('prefix');
  const type = request.url.searchParams.get('integration_type')?.toLowerCase();
  const types: readonly string[] = scope.allowed_integration_types;
  const forAll = flagOf(request, 'accessible_for_all');
  const delegable = flagOf(request, 'delegated_sources');
  return (
    scope.visibility === 'PUBLIC' &&
    (prefix === null || scope.prefix === prefix) &&
    (type === undefined || types.length === 0 || types.includes(type)) &&
    (forAll === undefined || scope.accessible_for_all === forAll) &&
    (delegable === undefined || (scope.delegation_source !== undefined) === delegable)
  );
}
