/** `/clients/{id}/jwks`: the public keys of one client. */

import type { Registry } from '../registry.ts';
import type { ApiRoute } from './area.ts';
import { clientId, ownClient } from './clients.ts';

export function keyRoutes({ clients }: Registry): ApiRoute[] {
  return [
    {
      verb: 'GET',
      pattern: '/clients/{id}/jwks',
      scopes: ['idporten:dcr.read'],
      handle(request, caller) {
        const { client, keys } = ownClient(clients.get(clientId(request)), caller);
        return { status: 200, body: { keys, created: client.created, last_updated: client.last_updated } };
      },
    },
  ];
}
