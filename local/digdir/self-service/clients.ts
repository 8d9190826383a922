/** `/clients`: an organisation's own clients, made, changed and (softly) deleted. */

import { randomUUID } from 'node:crypto';
import type { Request } from '../http.ts';
import type { ClientRecord, OAuthClient } from '../models.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { ApiRoute, Caller } from './area.ts';
import { type Body, readBody, refuseFindings } from './bodies.ts';
import { readClient } from './client-body.ts';
import { scopeFindings } from './client-scopes.ts';
import { ApiRefusal } from './errors.ts';
import { flagOf } from './queries.ts';

const READ = 'idporten:dcr.read';
const WRITE = 'idporten:dcr.write';
const SUPPLY = 'idporten:dcr.supplier';

export function clientRoutes(registry: Registry, settings: DigdirSettings, clock: () => Date): ApiRoute[] {
  const { clients } = registry;
  return [
    {
      verb: 'GET',
      pattern: '/clients',
      scopes: [READ],
      handle(request, caller) {
        const inactive = flagOf(request, 'inactive') === true;
        const own = clients.all().filter(({ client }) => owns(caller, client) && (client.active || inactive));
        return { status: 200, body: own.map(({ client }) => client) };
      },
    },
    {
      verb: 'GET',
      pattern: '/clients/{id}',
      scopes: [READ],
      handle: (request, caller) => ({ status: 200, body: ownClient(clients.get(clientId(request)), caller).client }),
    },
    {
      verb: 'POST',
      pattern: '/clients',
      scopes: [WRITE, SUPPLY],
      handle(request, caller) {
        const body = readBody(request);
        const draft = readClient(body, settings);
        const now = clock().toISOString();
        const client: OAuthClient = {
          client_id: newId(body, registry),
          ...ownersOf(body, caller),
          ...draft,
          created: now,
          last_updated: now,
        };
        refuseFindings(scopeFindings(client, undefined, registry, settings));
        clients.put(client.client_id, { client, keys: [] });
        return { status: 201, body: client };
      },
    },
    {
      verb: 'PUT',
      pattern: '/clients/{id}',
      scopes: [WRITE],
      handle(request, caller) {
        const former = ownClient(clients.get(clientId(request)), caller);
        const body = readBody(request);
        const draft = readClient(body, settings);
        refuseFindings(immutableFindings(body, former.client));
        if (former.deleted && !(draft.active && settings.deletedMayReturn)) {
          throw new ApiRefusal(409, 'Conflict. The client is deleted.');
        }
        const { client_id, client_orgno, supplier_orgno, created } = former.client;
        const client: OAuthClient = {
          client_id,
          client_orgno,
          ...(supplier_orgno !== undefined && { supplier_orgno }),
          ...draft,
          created,
          last_updated: clock().toISOString(),
        };
        refuseFindings(scopeFindings(client, former.client, registry, settings));
        clients.put(client_id, { client, keys: former.keys });
        return { status: 200, body: client };
      },
    },
    {
      verb: 'DELETE',
      pattern: '/clients/{id}',
      scopes: [WRITE],
      handle(request, caller) {
        const { client, keys, deleted } = ownClient(clients.get(clientId(request)), caller);
        if (deleted) throw new ApiRefusal(409, 'Conflict. The client is deleted.');
        const inactive = { ...client, active: false, last_updated: clock().toISOString() };
        clients.put(client.client_id, { client: inactive, keys, deleted: true });
        return { status: 204 };
      },
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

/** A POST never brings back what was deactivated or deleted. */
function newId(body: Body, { clients }: Registry): string {
  const wanted = body['client_id'];
  if (wanted === undefined) return randomUUID();
  if (typeof wanted !== 'string' || wanted === '') throw new ApiRefusal(400, 'client_id must be a string');
  if (clients.get(wanted)) throw new ApiRefusal(409, 'Conflict. A client with this client_id exists.');
  return wanted;
}

/** The organisation of the token; a supplier may name another, for which it then acts. */
function ownersOf(body: Body, caller: Caller): Pick<OAuthClient, 'client_orgno' | 'supplier_orgno'> {
  const own = caller.organisation;
  const wanted = body['client_orgno'] ?? own;
  if (typeof wanted !== 'string' || !/^\d{9}$/.test(wanted)) throw new ApiRefusal(400, 'client_orgno must be 9 digits');
  if (wanted === own) return { client_orgno: own };
  if (!caller.scopes.includes(SUPPLY)) throw new ApiRefusal(403, 'client_orgno is another organization');
  return { client_orgno: wanted, supplier_orgno: own };
}

function immutableFindings(body: Body, former: OAuthClient): { field: string; message: string }[] {
  const immutable = ['integration_type', 'client_id', 'client_orgno'] as const;
  return immutable
    .filter((field) => body[field] !== undefined && body[field] !== former[field])
    .map((field) => ({ field, message: `${field} cannot be changed` }));
}
