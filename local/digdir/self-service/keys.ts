/** `/clients/{id}/jwks`: the public keys of one client, replaced as a set or one by one. */

import type { Trust } from '../certificate-rules.ts';
import type { Request } from '../http.ts';
import type { ClientRecord, RegisteredKey } from '../models.ts';
import type { Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { ApiRoute, Caller } from './area.ts';
import { readBody } from './bodies.ts';
import { clientId, ownClient } from './clients.ts';
import { ApiRefusal } from './errors.ts';
import { readKey } from './key-body.ts';

const READ = ['idporten:dcr.read'];
const WRITE = ['idporten:dcr.write', 'idporten:dcr.modify'];
const MOST_KEYS = 5;

export type KeyParts = {
  readonly registry: Registry;
  readonly trust: Trust;
  readonly settings: DigdirSettings;
  readonly clock: () => Date;
};

export function keyRoutes(parts: KeyParts): ApiRoute[] {
  const { registry, settings, clock } = parts;
  const { clients } = registry;
  const own = (request: Request, caller: Caller) => ownClient(clients.get(clientId(request)), caller);
  const read = (record: ClientRecord, value: unknown) =>
    readKey(value, (kid) => record.keys.find((key) => key.kid === kid), {
      ...settings,
      now: clock(),
      trust: parts.trust,
    });
  const write = (record: ClientRecord, keys: readonly RegisteredKey[]) => {
    if (keys.length > MOST_KEYS) throw new ApiRefusal(400, `At most ${MOST_KEYS} keys are allowed`);
    if (settings.kidsUniqueOverall) refuseForeignKids(record, keys, clients.all());
    clients.put(record.client.client_id, { ...record, keys });
  };

  return [
    {
      verb: 'GET',
      pattern: '/clients/{id}/jwks',
      scopes: READ,
      handle: (request, caller) => ({ status: 200, body: keySet(own(request, caller)) }),
    },
    {
      verb: 'POST',
      pattern: '/clients/{id}/jwks',
      scopes: WRITE,
      handle(request, caller) {
        const record = active(own(request, caller));
        const sent: unknown = readBody(request)['keys'];
        if (!Array.isArray(sent) || sent.length === 0) throw new ApiRefusal(400, 'keys must be a non-empty array');
        const keys = sent.map((value) => read(record, value));
        if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
          throw new ApiRefusal(409, 'Conflict. Duplicate keys in request.');
        }
        write(record, keys);
        return { status: 201, body: keySet({ ...record, keys }) };
      },
    },
    {
      verb: 'DELETE',
      pattern: '/clients/{id}/jwks',
      scopes: WRITE,
      handle(request, caller) {
        write(own(request, caller), []);
        return { status: 204 };
      },
    },
    {
      verb: 'GET',
      pattern: '/clients/{id}/jwks/{kid}',
      scopes: READ,
      handle: (request, caller) => ({ status: 200, body: keyOf(own(request, caller), request) }),
    },
    {
      verb: 'PUT',
      pattern: '/clients/{id}/jwks/{kid}',
      scopes: WRITE,
      handle(request, caller) {
        const record = active(own(request, caller));
        const kid = request.parameters['kid'];
        const key = read(record, { kid, ...readBody(request) });
        if (key.kid !== kid)
          throw new ApiRefusal(400, [{ field: 'kid', message: 'kid is not the one of the address' }]);
        const others = record.keys.filter((one) => one.kid !== kid);
        write(record, [...others, key]);
        return { status: 200, body: key };
      },
    },
    {
      verb: 'DELETE',
      pattern: '/clients/{id}/jwks/{kid}',
      scopes: WRITE,
      handle(request, caller) {
        const record = own(request, caller);
        const key = keyOf(record, request);
        write(
          record,
          record.keys.filter((one) => one !== key),
        );
        return { status: 204 };
      },
    },
  ];
}

function keySet({ client, keys }: ClientRecord) {
  return { keys, created: client.created, last_updated: client.last_updated };
}

function keyOf({ keys }: ClientRecord, request: Request): RegisteredKey {
  const key = keys.find(({ kid }) => kid === request.parameters['kid']);
  if (!key) throw new ApiRefusal(404, 'Key not found');
  return key;
}

/** An inactive client is given no keys; those that it has can be taken away. */
function active(record: ClientRecord): ClientRecord {
  if (!record.client.active) throw new ApiRefusal(409, 'Conflict. The client is not active.');
  return record;
}

function refuseForeignKids(record: ClientRecord, keys: readonly RegisteredKey[], all: readonly ClientRecord[]): void {
  const foreign = all.filter(({ client }) => client.client_id !== record.client.client_id);
  const taken = new Set(foreign.flatMap((one) => one.keys.map(({ kid }) => kid)));
  const doubled = keys.find(({ kid }) => taken.has(kid));
  if (doubled) throw new ApiRefusal(409, `Conflict. The kid ${doubled.kid} is in use.`);
}
