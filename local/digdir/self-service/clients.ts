/** `/clients`: an organisation's own clients. */

import type { Request } from '../http.ts';
import type { ClientRecord, OAuthClient } from '../models.ts';
import type { Registry } from '../registry.ts';
import type { ApiRoute, Caller } from './area.ts';
import { ApiRefusal } from './errors.ts';

export function clientRoutes({ clients }: Registry): ApiRoute[] {
  return [
    {
      verb: 'GET',
      pattern: '/clients',
      scopes: ['idporten:dcr.read'],
      handle(request, caller) {
        const inactive = request.url.searchParams.get('inactive') === 'true';
        const own = clients.all().filter(({ client }) => owns(caller, client) && (client.active || inactive));
        return { status: 200, body: own.map(({ client }) => client) };
      },
    },
    {
      verb: 'GET',
      pattern: '/clients/{id}',
      scopes: ['idporten:dcr.read'],
      handle: (request, caller) => ({ status: 200, body: ownClient(clients.get(clientId(request)), caller).client }),
    },
  ];
}

/** The client, if there is one (404) and it is of the caller's organisation (403). */
export function ownClient(record: ClientRecord | undefined, caller: Caller): ClientRecord {
  if (!record) throw new ApiRefusal(404, 'Client not found');
  if (!owns(caller, record.client)) throw new ApiRefusal(403, 'The client belongs to another organization');
  return record;
}

export function clientId(request: Request): string {
  return request.parameters['id'] ?? '';
}

function owns({ organisation }: Caller, client: OAuthClient): boolean {
  return client.client_orgno === organisation || client.supplier_orgno === organisation;
}
