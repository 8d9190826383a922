/** `/scopes/access`: which organisations may use a scope, as its owner decides. */

import type { Request } from '../http.ts';
import type { ScopeAccess } from '../models.ts';
import { isKnownOrganisation, organisationName } from '../organisations.ts';
import { accessId, changedAccess, type Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { ApiRoute, Caller } from './area.ts';
import { ApiRefusal } from './errors.ts';
import { flagOf, listReply, requiredQuery } from './queries.ts';
import { ownScope } from './scopes.ts';

const READ = 'idporten:scopes.read';
const WRITE = 'idporten:scopes.write';

export function scopeAccessRoutes(registry: Registry, settings: DigdirSettings, clock: () => Date): ApiRoute[] {
  const { scopes, accesses } = registry;
  const ownerOf = (name: string) => scopes.get(name)?.scope.owner_orgno ?? '';
  const shown = (access: ScopeAccess) => shownAccess(access, ownerOf(access.scope), registry);
  const visible = (request: Request) => {
    const inactive = flagOf(request, 'inactive') === true;
    return accesses.all().filter(({ state }) => inactive || state !== 'DENIED');
  };
  const change = (scope: string, consumer: string, state: ScopeAccess['state']) => {
    const id = accessId(scope, consumer);
    const access = changedAccess(accesses.get(id), { scope, consumer, state }, clock());
    accesses.put(id, access);
    return { status: 200, body: shown(access) };
  };

  return [
    {
      verb: 'GET',
      pattern: '/scopes/access',
      scopes: [READ],
      handle(request, caller) {
        const { scope, consumer } = readFilter(request, caller, registry);
        const given = visible(request).filter(
          (access) =>
            ownerOf(access.scope) === caller.organisation &&
            (scope === null || access.scope === scope) &&
            (consumer === null || access.consumer === consumer),
        );
        return listReply(given.map(shown), 'scope accesses', caller, settings);
      },
    },
    {
      verb: 'GET',
      pattern: '/scopes/access/all',
      scopes: [READ],
      handle(request, caller) {
        const taken = visible(request).filter(({ consumer }) => consumer === caller.organisation);
        return listReply(taken.map(shown), 'scope accesses', caller, settings);
      },
    },
    {
      verb: 'PUT',
      pattern: '/scopes/access/{consumer_orgno}',
      scopes: [WRITE],
      handle(request, caller) {
        const { scope } = ownScope(scopes.get(requiredQuery(request, 'scope')), caller);
        const consumer = consumerOf(request);
        if (!isKnownOrganisation(consumer, registry)) throw new ApiRefusal(400, `Unknown organization ${consumer}`);
        if (!scope.active && !settings.inactiveScopesTakeConsumers) {
          throw new ApiRefusal(409, 'Conflict. The scope is not active.');
        }
        const former = accesses.get(accessId(scope.name, consumer));
        if (former?.state === 'APPROVED') return { status: 200, body: shown(former) };
        return change(scope.name, consumer, 'APPROVED');
      },
    },
    {
      verb: 'DELETE',
      pattern: '/scopes/access/{consumer_orgno}',
      scopes: [WRITE],
      handle(request, caller) {
        const { scope } = ownScope(scopes.get(requiredQuery(request, 'scope')), caller);
        const consumer = consumerOf(request);
        const former = accesses.get(accessId(scope.name, consumer));
        if (!former) throw new ApiRefusal(404, 'Scope access not found');
        if (former.state !== 'DENIED') return change(scope.name, consumer, 'DENIED');
        if (!settings.repeatedDeletes) throw new ApiRefusal(409, 'Conflict. The access is not active.');
        return { status: 200, body: shown(former) };
      },
    },
  ];
}

/** By scope, by consumer, or by both; by neither there is no list. */
function readFilter({ url }: Request, caller: Caller, { scopes }: Registry) {
  const [scope, consumer] = [url.searchParams.get('scope'), url.searchParams.get('consumer_orgno')];
  if (scope === null && consumer === null) throw new ApiRefusal(400, 'Either scope or consumer_orgno is required');
  if (scope !== null) ownScope(scopes.get(scope), caller);
  return { scope, consumer };
}

function consumerOf(request: Request): string {
  const consumer = request.parameters['consumer_orgno'] ?? '';
  if (!/^\d{9}$/.test(consumer)) throw new ApiRefusal(400, 'consumer_orgno must be 9 digits');
  return consumer;
}

function shownAccess({ scope, consumer, ...rest }: ScopeAccess, owner: string, registry: Registry) {
  return {
    scope,
    owner_orgno: owner,
    owner_organization_name: organisationName(owner, registry),
    consumer_orgno: consumer,
    consumer_organization_name: organisationName(consumer, registry),
    ...rest,
  };
}
