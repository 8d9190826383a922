/** What Digdir has on record, and the changes that its own staff make by hand: admin clients, their keys and scopes. */

import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { type Collection, openCollection } from './collection.ts';
import type { ClientRecord, Delegation, PublicJwk, RegisteredKey, Scope, ScopeRecord } from './models.ts';

type AdminClient = {
  readonly clientId: string;
  /** Nine digits. */
  readonly organisation: string;
  readonly scopes: readonly string[];
  readonly description?: string;
  /** A client with keys must sign with one of them and say its `kid`; one without must send `x5c`. */
  readonly keys?: readonly PublicJwk[];
  /** Registers this certificate (PEM) under a `kid`: from then on the client signs with its key and no other. */
  readonly lockedTo?: { readonly kid: string; readonly certificate: string };
  readonly active?: boolean;
};

/** A scope to register; what is left out is as Digdir's own admin scopes have it. */
type NewScope = Pick<Scope, 'name'> & Partial<Scope>;

export type Registry = {
  readonly clients: Collection<ClientRecord>;
  readonly scopes: Collection<ScopeRecord>;
};

/** What Digdir's staff do by hand, and Altinn's users where they delegate. */
export type Staff = {
  registerAdminClient(client: AdminClient): void;
  registerKey(clientId: string, key: PublicJwk): void;
  removeClient(clientId: string): void;
  /** Adds scopes to a client, registers those that are new as Digdir's own, and gives the client's organisation access. */
  grantScopes(clientId: string, scopes: readonly string[]): void;
  registerScope(scope: NewScope): void;
  withdrawAccess(scope: string, organisation: string): void;
  delegate(scope: string, delegation: Delegation): void;
};

const YEAR = 365 * 24 * 60 * 60;

/** Digdir's organisation number: it owns the admin scopes. */
const DIGDIR = '991825827';

/** Of the contact and reservation register, which every public body may read. */
const KRR_SCOPES = ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'];

export function openRegistry(folder: string, clock: () => Date): Registry & Staff {
  const clients = openCollection<ClientRecord>(join(folder, 'clients'), clock);
  const scopes = openCollection<ScopeRecord>(join(folder, 'scopes'), clock);

  for (const name of KRR_SCOPES.filter((one) => !scopes.get(one))) {
    scopes.put(name, newScope({ name, allowed_integration_types: ['krr'], accessible_for_all: true }, clock()));
  }

  const client = (id: string) => clients.get(id) ?? missing(`client ${id}`);
  const scope = (name: string) => scopes.get(name) ?? missing(`scope ${name}`);
  const giveAccess = (name: string, organisation: string) => {
    const record = scopes.get(name) ?? newScope({ name }, clock());
    if (record.consumers.includes(organisation)) return;
    scopes.put(name, { ...record, consumers: [...record.consumers, organisation] });
  };

  return {
    clients,
    scopes,
    registerAdminClient(wanted) {
      const keys = [...(wanted.keys ?? []), ...(wanted.lockedTo ? [certificateKey(wanted.lockedTo)] : [])];
      for (const name of wanted.scopes) giveAccess(name, wanted.organisation);
      clients.put(wanted.clientId, newAdminClient(wanted, keys, clock()));
    },
    registerKey(clientId, key) {
      const record = client(clientId);
      const others = record.keys.filter((one) => one.kid !== key.kid);
      clients.put(clientId, { ...record, keys: [...others, registeredKey(key, clock())] });
    },
    removeClient: (clientId) => clients.remove(clientId),
    grantScopes(clientId, names) {
      const record = client(clientId);
      for (const name of names) giveAccess(name, record.client.client_orgno);
      const all = [...new Set([...record.client.scopes, ...names])];
      clients.put(clientId, { ...record, client: { ...record.client, scopes: all } });
    },
    registerScope: (wanted) => scopes.put(wanted.name, newScope(wanted, clock())),
    withdrawAccess(name, organisation) {
      const record = scope(name);
      scopes.put(name, { ...record, consumers: record.consumers.filter((one) => one !== organisation) });
    },
    delegate(name, delegation) {
      const record = scope(name);
      scopes.put(name, { ...record, delegations: [...record.delegations, delegation] });
    },
  };
}

function newAdminClient(wanted: AdminClient, keys: readonly PublicJwk[], now: Date): ClientRecord {
  return {
    client: {
      client_id: wanted.clientId,
      client_name: 'Selvbetjening',
      client_orgno: wanted.organisation,
      description: wanted.description ?? 'Self-service client, registered by Digdir',
      active: wanted.active ?? true,
      application_type: 'web',
      integration_type: 'maskinporten',
      scopes: wanted.scopes,
      grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
      token_endpoint_auth_method: 'private_key_jwt',
      created: now.toISOString(),
      last_updated: now.toISOString(),
    },
    keys: keys.map((key) => registeredKey(key, now)),
  };
}

function newScope(wanted: NewScope, now: Date): ScopeRecord {
  const [prefix = '', ...rest] = wanted.name.split(':');
  const scope: Scope = {
    prefix,
    subscope: rest.join(':'),
    description: wanted.name,
    active: true,
    owner_orgno: DIGDIR,
    visibility: 'PUBLIC',
    allowed_integration_types: ['maskinporten'],
    accessible_for_all: false,
    at_max_age: 0,
    created: now.toISOString(),
    last_updated: now.toISOString(),
    ...wanted,
  };
  return { scope, consumers: [], delegations: [] };
}

/** Keeps the members that are public, whatever else the caller's object holds. */
function registeredKey(key: PublicJwk, now: Date): RegisteredKey {
  return {
    kid: key.kid,
    kty: key.kty,
    n: key.n,
    e: key.e,
    use: 'sig',
    alg: key.alg ?? 'RS256',
    ...(key.x5c && { x5c: key.x5c }),
    exp: key.exp ?? Math.floor(now.getTime() / 1000) + YEAR,
    created: now.toISOString(),
    last_updated: now.toISOString(),
  };
}

function certificateKey(locked: { kid: string; certificate: string }): PublicJwk {
  const certificate = new X509Certificate(locked.certificate);
  const { n, e } = certificate.publicKey.export({ format: 'jwk' });
  if (n === undefined || e === undefined)
    throw new Error('A client can only be locked to a certificate with an RSA key');
  return { kid: locked.kid, kty: 'RSA', n, e, use: 'sig', x5c: [certificate.raw.toString('base64')] };
}

function missing(what: string): never {
  throw new Error(`The local Digdir knows no ${what}`);
}
