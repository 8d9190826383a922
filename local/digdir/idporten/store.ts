/** What `oidc-provider` keeps, in memory: sessions, codes, tokens. Clients are asked for where they are registered. */

import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

type Entry = { readonly payload: AdapterPayload; readonly expires: number };

export type Store = {
  readonly adapter: AdapterFactory;
  /** Makes worthless all codes and tokens of one login at one client. */
  revokeGrant(grantId: string): void;
};

export function createStore(findClient: (id: string) => AdapterPayload | undefined): Store {
  const models = new Map<string, Map<string, Entry>>();
  const revokeGrant = (grantId: string) => {
    for (const entries of models.values()) dropWhere(entries, ({ payload }) => payload.grantId === grantId);
  };
  return {
    revokeGrant,
    adapter(model) {
      if (model === 'Client') return clientAdapter(findClient);
      const entries = new Map<string, Entry>();
      models.set(model, entries);
      return memoryAdapter(entries, revokeGrant);
    },
  };
}

function memoryAdapter(entries: Map<string, Entry>, revokeGrant: (grantId: string) => void): Adapter {
  const live = (entry: Entry | undefined) => (entry && entry.expires > Date.now() ? entry.payload : undefined);
  return {
    upsert: async (id, payload, seconds = Infinity) => {
      dropWhere(entries, ({ expires }) => expires <= Date.now());
      entries.set(id, { payload, expires: Date.now() + seconds * 1000 });
    },
    find: async (id) => live(entries.get(id)),
    findByUid: async (uid) => live([...entries.values()].find(({ payload }) => payload.uid === uid)),
    findByUserCode: async () => undefined,
    consume: async (id) => {
      const entry = entries.get(id);
      const consumed = Math.floor(Date.now() / 1000);
      if (entry) entries.set(id, { ...entry, payload: { ...entry.payload, consumed } });
    },
    destroy: async (id) => {
      entries.delete(id);
    },
    revokeByGrantId: async (grantId) => revokeGrant(grantId),
  };
}

/** Only ever asked for one client: they are neither made nor changed through the protocol. */
function clientAdapter(findClient: (id: string) => AdapterPayload | undefined): Adapter {
  const never = async () => undefined;
  return {
    find: async (id) => findClient(id),
    upsert: never,
    findByUid: never,
    findByUserCode: never,
    consume: never,
    destroy: never,
    revokeByGrantId: never,
  };
}

function dropWhere(entries: Map<string, Entry>, dropped: (entry: Entry) => boolean): void {
  for (const [id, entry] of entries) if (dropped(entry)) entries.delete(id);
}
