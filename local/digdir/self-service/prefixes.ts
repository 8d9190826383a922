/** `/prefix` and `/organizations`: what scopes may begin with, whose it is, and what organisations are called. */

import type { ScopePrefix } from '../models.ts';
import { isKnownOrganisation, organisationName } from '../organisations.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { ApiRoute, OpenRoute } from './area.ts';
import { ApiRefusal } from './errors.ts';
import { flagOf, listReply } from './queries.ts';

export function prefixRoutes(registry: Registry, settings: DigdirSettings): ApiRoute[] {
  return [
    {
      verb: 'GET',
      pattern: '/prefix',
      scopes: ['idporten:scopes.read', 'idporten:scopes.write'],
      handle(_request, caller) {
        const own = shownPrefixes(registry, (one) => one.active && one.owner_orgno === caller.organisation);
        return listReply(own, 'prefixes', caller, settings);
      },
    },
  ];
}

/** They ask for no token. */
export function directoryRoutes(registry: Registry): OpenRoute[] {
  return [
    {
      verb: 'GET',
      pattern: '/prefix/all',
      handle(request) {
        const inactive = flagOf(request, 'inactive') === true;
        return { status: 200, body: shownPrefixes(registry, ({ active }) => active || inactive) };
      },
    },
    {
      verb: 'GET',
      pattern: '/organizations/{orgnr}',
      handle(request) {
        const orgnr = request.parameters['orgnr'] ?? '';
        if (!isKnownOrganisation(orgnr, registry)) throw new ApiRefusal(404, 'Organization not found');
        return { status: 200, body: { orgnr, name: organisationName(orgnr, registry) } };
      },
    },
  ];
}

function shownPrefixes(registry: Registry, isShown: (prefix: ScopePrefix) => boolean) {
  const shown = registry.prefixes.all().filter(isShown);
  return shown.map((one) => ({ ...one, organization_name: organisationName(one.owner_orgno, registry) }));
}
