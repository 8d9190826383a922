/** What Digdir has on record, and the changes that its own staff make by hand: admin clients, prefixes, scopes of others. */

import { join } from 'node:path';
import { type Collection, openCollection } from './collection.ts';
import type {
  ClientRecord,
  Delegation,
  Organisation,
  PublicJwk,
  ScopeAccess,
  ScopePrefix,
  ScopeRecord,
} from './models.ts';
import {
  type AdminClient,
  certificateKey,
  DIGDIR,
  type LockedTo,
  newAdminClient,
  newScope,
  type NewScope,
  registeredKey,
} from './new-records.ts';

export type Registry = {
  readonly clients: Collection<ClientRecord>;
  readonly scopes: Collection<ScopeRecord>;
  /** By `accessId`. */
  readonly accesses: Collection<ScopeAccess>;
  readonly prefixes: Collection<ScopePrefix>;
  /** Those that have a name here; see `isKnownOrganisation`. */
  readonly organisations: Collection<Organisation>;
};

/** What Digdir's staff do by hand, and Altinn's users where they delegate. */
export type Staff = {
  registerAdminClient(client: AdminClient): void;
  registerKey(clientId: string, key: PublicJwk): void;
  /** Takes another certificate (PEM) of the client, under a `kid`, beside those that it has. */
  registerCertificate(clientId: string, lockedTo: LockedTo): void;
  removeClient(clientId: string): void;
  /** Adds scopes to a client, registers those that are new as Digdir's own, and gives the client's organisation access. */
  grantScopes(clientId: string, scopes: readonly string[]): void;
  registerScope(scope: NewScope): void;
  giveAccess(scope: string, organisation: string): void;
  withdrawAccess(scope: string, organisation: string): void;
  delegate(scope: string, delegation: Delegation): void;
  /** Lets the organisation make scopes that begin with it, and nobody else. */
  registerPrefix(organisation: string, prefix: string): void;
  withdrawPrefix(prefix: string): void;
  registerOrganisation(orgno: string, name: string): void;
};

/** Of the contact and reservation register, which every public body may read. */
const KRR_SCOPES = ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'];

export function openRegistry(folder: string, clock: () => Date): { registry: Registry; staff: Staff } {
  const open = <Item>(name: string) => openCollection<Item>(join(folder, name), clock);
  const registry: Registry = {
    clients: open<ClientRecord>('clients'),
    scopes: open<ScopeRecord>('scopes'),
    accesses: open<ScopeAccess>('accesses'),
    prefixes: open<ScopePrefix>('prefixes'),
    organisations: open<Organisation>('organisations'),
  };
  const staff = staffOf(registry, clock);

  for (const name of KRR_SCOPES.filter((one) => !registry.scopes.get(one))) {
    staff.registerScope({ name, allowed_integration_types: ['krr'], accessible_for_all: true });
  }
  if (!registry.organisations.get(DIGDIR)) staff.registerOrganisation(DIGDIR, 'Digitaliseringsdirektoratet');
  for (const prefix of ['idporten', 'krr'].filter((one) => !registry.prefixes.get(one))) {
    staff.registerPrefix(DIGDIR, prefix);
  }
  return { registry, staff };
}

/** Two words, since a scope has no space in it. */
export function accessId(scope: string, consumer: string): string {
  return `${scope} ${consumer}`;
}

/** The access as it is after a change, which keeps when it was first made. */
export function changedAccess(
  former: ScopeAccess | undefined,
  change: Pick<ScopeAccess, 'scope' | 'consumer' | 'state'>,
  now: Date,
): ScopeAccess {
  const time = now.toISOString();
  return { ...change, created: former?.created ?? time, last_updated: time };
}

function staffOf(registry: Registry, clock: () => Date): Staff {
  const { clients, scopes, accesses, prefixes, organisations } = registry;
  const client = (id: string) => clients.get(id) ?? missing(`client ${id}`);
  const scope = (name: string) => scopes.get(name) ?? missing(`scope ${name}`);
  const setAccess = (name: string, consumer: string, state: ScopeAccess['state']) => {
    const id = accessId(name, consumer);
    const former = accesses.get(id);
    if (former?.state === state) return;
    accesses.put(id, changedAccess(former, { scope: name, consumer, state }, clock()));
  };
  const giveAccess = (name: string, consumer: string) => {
    if (!scopes.get(name)) scopes.put(name, newScope({ name }, clock()));
    setAccess(name, consumer, 'APPROVED');
  };
  const putPrefix = (prefix: string, owner_orgno: string, active: boolean) => {
    const time = clock().toISOString();
    const created = prefixes.get(prefix)?.created ?? time;
    prefixes.put(prefix, { prefix, owner_orgno, active, created, last_updated: time });
  };

  const registerKey = (clientId: string, key: PublicJwk) => {
    const record = client(clientId);
    const others = record.keys.filter((one) => one.kid !== key.kid);
    clients.put(clientId, { ...record, keys: [...others, registeredKey(key, clock())] });
  };

  return {
    registerAdminClient(wanted) {
      for (const name of wanted.scopes) giveAccess(name, wanted.organisation);
      clients.put(wanted.clientId, newAdminClient(wanted, clock()));
    },
    registerKey,
    registerCertificate: (clientId, lockedTo) => registerKey(clientId, certificateKey(lockedTo)),
    removeClient: (clientId) => clients.remove(clientId),
    grantScopes(clientId, names) {
      const record = client(clientId);
      for (const name of names) giveAccess(name, record.client.client_orgno);
      const all = [...new Set([...record.client.scopes, ...names])];
      clients.put(clientId, { ...record, client: { ...record.client, scopes: all } });
    },
    registerScope: (wanted) => scopes.put(wanted.name, newScope(wanted, clock())),
    giveAccess,
    withdrawAccess: (name, organisation) => setAccess(scope(name).scope.name, organisation, 'DENIED'),
    delegate(name, delegation) {
      const record = scope(name);
      scopes.put(name, { ...record, delegations: [...record.delegations, delegation] });
    },
    registerPrefix: (organisation, prefix) => putPrefix(prefix, organisation, true),
    withdrawPrefix(prefix) {
      const { owner_orgno } = prefixes.get(prefix) ?? missing(`prefix ${prefix}`);
      putPrefix(prefix, owner_orgno, false);
    },
    registerOrganisation: (orgno, name) => organisations.put(orgno, { orgno, name }),
  };
}

function missing(what: string): never {
  throw new Error(`The local Digdir knows no ${what}`);
}
