/**
 * Everything of a tenant that expires, judged: what it is, whose, until when, when it is to be renewed, how it stands, and
 * what to do. Pure: it is given what was observed, and the time.
 */

import { clientTitle } from './client-names.ts';
import { renewalOf } from './client-keys.ts';
import type { RegisteredKey } from './client-keys.ts';
import type { ClientRecord, RecordedKey } from './client-record.ts';
import { monthsBefore, renewalMonths } from './expiry.ts';
import type { Finding } from './failures.ts';
import type { OAuthClientName } from './oauth-client.ts';
import { howOut, replacing, rotating } from './key-out-of-use.ts';
import type { OutOfUse } from './key-out-of-use.ts';
import type { ClientKind } from './tenant.ts';

/**
 * `admin-key`: registered on an admin client, which proves itself by its id. `unmanaged-key`: registered at Digdir on a
 * client of the organisation, and not by us.
 */
export type ItemKind = 'certificate' | 'admin-key' | 'client-key' | 'unmanaged-key';

/**
 * `due`: its renewal time is past, and it is not renewed. `replaced`: a later one of the same client is there, and this
 * one ends by itself. `revoked`: its key is out of use here, so that nothing of ours works by it. Overdue are `due`, `expired` and `revoked`.
 */
export type ItemState = 'valid' | 'due' | 'expired' | 'replaced' | 'revoked';

export type ExpiringItem = {
  /** Stable, and different for whatever takes its place where that is another thing (a key), but not for a certificate. */
  readonly id: string;
  /** What it is for, which stays the same when another one takes its place. */
  readonly series: string;
  readonly kind: ItemKind;
  /** What it is, in a few words. */
  readonly what: string;
  readonly owner: string;
  /** ISO 8601, UTC. */
  readonly expires: string;
  readonly renewal: string;
  readonly state: ItemState;
  /** A command, or what a person does where there is none. `TENANT_FILE` stands for a file that is not known here. */
  readonly remedy: string;
  /** Of a key of ours: whose it is, and its id. */
  readonly client?: OAuthClientName;
  readonly kid?: string;
  /** Of a certificate: of which admin client. */
  readonly admin?: ClientKind;
  /** Of a certificate whose key is compromised: its serial number. */
  readonly compromised?: string;
};

export type Inventory = {
  /** ISO 8601, UTC. */
  readonly observedAt: string;
  /** Soonest first. */
  readonly items: readonly ExpiringItem[];
  /** How many of all are overdue. */
  readonly overdue: number;
  /** How many more there are, all of which expire later. */
  readonly leftOut: number;
  /** What could not be seen, and why. */
  readonly findings: readonly Finding[];
  /** Whether the workers send notices anywhere but to their log. */
  readonly webhook: boolean;
};

export type ObservedAdmin = {
  readonly kind: ClientKind;
  readonly clientId: string;
  /** The registered key that it proves itself by, where it does not show its chain. */
  readonly kid?: string;
  /** The certificate and those above it, as far as they can be read. ISO 8601, UTC. */
  readonly certificates: readonly { readonly subject: string; readonly notAfter: string }[];
  /** Its key signs no more: it is compromised, or its version is disabled. */
  readonly outOfUse?: OutOfUse;
  /** Registered keys that it proved itself by before, of certificates that were compromised while they were active. */
  readonly revoked?: readonly { readonly kid: string; readonly serialNumber: string }[];
};

export type ObservedRecord = { readonly client: OAuthClientName; readonly record: ClientRecord };

export type RegisteredClient = {
  readonly clientId: string;
  readonly name: string;
  /** Its description, which holds the mark of whoever manages it. */
  readonly description: string;
  readonly keys: readonly RegisteredKey[];
};

export type Observed = {
  readonly admins: readonly ObservedAdmin[];
  readonly records: readonly ObservedRecord[];
  /** Absent when Digdir could not be asked. */
  readonly registered?: readonly RegisteredClient[];
};

export type Terms = {
  readonly tenant: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Seconds before its expiry that a certificate is to be renewed; three months when absent. */
  readonly renewBefore?: number | undefined;
};

export const isOverdue = ({ state }: Pick<ExpiringItem, 'state'>): boolean =>
  state === 'due' || state === 'expired' || state === 'revoked';

/** All items, soonest first. */
export function inventoryOf({ admins, records, registered }: Observed, terms: Terms): ExpiringItem[] {
  const items = [
    ...admins.flatMap((admin) => certificateItem(admin, terms)),
    ...records.flatMap((one) => recordItems(one, registered, terms)),
    ...(registered ?? []).flatMap((client) => registeredItems(client, admins, records, terms)),
  ];
  return items.toSorted((one, other) => compare(one.expires, other.expires) || compare(one.id, other.id));
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** A chain is good until the first of its certificates ends. */
function certificateItem({ kind, certificates, outOfUse }: ObservedAdmin, terms: Terms): ExpiringItem[] {
  const [first] = certificates.toSorted((one, other) => compare(one.notAfter, other.notAfter));
  if (!first) return [];
  const expires = new Date(first.notAfter).toISOString();
  const end = Date.parse(expires);
  const { renewBefore } = terms;
  const renewal = renewBefore === undefined ? monthsBefore(end, renewalMonths) : end - renewBefore * 1000;
  const above = first === certificates[0] ? '' : `, whose chain holds ${first.subject}`;
  return [
    {
      id: `certificate:${kind}`,
      series: kind,
      kind: 'certificate',
      what: `business certificate of the ${kind} admin client${outOfUse ? howOut(outOfUse) : above}`,
      owner: terms.tenant,
      ...standing(end, renewal, false, terms),
      ...(outOfUse ? { state: 'revoked' as const } : {}),
      remedy: outOfUse ? replacing(kind, outOfUse) : rotating(kind),
      admin: kind,
      ...(outOfUse?.compromised ? { compromised: outOfUse.serialNumber } : {}),
    },
  ];
}

/** Keys on our record. When Digdir was asked, what it says of their end holds, and an old one that is gone is no matter. */
function recordItems({ client, record }: ObservedRecord, registered: Observed['registered'], terms: Terms) {
  if (record.state === 'removed') return [];
  const found = registered?.find(({ clientId }) => clientId === record.clientId);
  return record.keys.flatMap((key): ExpiringItem[] => {
    const known = found?.keys.find(({ kid }) => kid === key.kid);
    if (key.role === 'candidate' || (key.role === 'old' && found && !known)) return [];
    const end = known?.exp === undefined ? Date.parse(key.expires ?? '') : known.exp * 1000;
    return Number.isNaN(end) ? [] : [ownKey(client, record, key, end, terms)];
  });
}

function ownKey(client: OAuthClientName, record: ClientRecord, key: RecordedKey, end: number, terms: Terms) {
  const title = clientTitle(client);
  const isOld = key.role === 'old';
  return {
    id: `client-key:${key.kid}`,
    series: `${client.cluster}/${client.namespace}/${client.name}/${client.kind}`,
    kind: 'client-key',
    what: `${isOld ? 'old key' : 'key'} ${key.kid} of ${title} (${client.kind})`,
    owner: client.namespace,
    ...standing(end, renewalOf(key.created, end), isOld, terms),
    remedy: isOld ? `digdir acknowledge ${title}` : `digdir rotate-key ${title}`,
    ...(record.state === 'active' && !isOld ? { client, kid: key.kid } : {}),
  } as const;
}

/** Keys at Digdir that are on no record of ours. Which of several is used is not known: the one that ends last counts. */
function registeredItems(
  found: RegisteredClient,
  admins: readonly ObservedAdmin[],
  records: readonly ObservedRecord[],
  terms: Terms,
): ExpiringItem[] {
  const { clientId, description, name } = found;
  const admin = admins.find((one) => one.clientId === clientId);
  const ours = records.find(({ record }) => record.clientId === clientId && record.state !== 'removed');
  const known = ours?.record.keys.map(({ kid }) => kid) ?? [];
  const latest = Math.max(...found.keys.map(({ exp }) => exp ?? 0));
  const owner = name || clientId;
  const called = ours ? clientTitle(ours.client) : description || owner;
  return found.keys.flatMap((key): ExpiringItem[] => {
    if (key.exp === undefined || known.includes(key.kid)) return [];
    const end = key.exp * 1000;
    const isReplaced = admin?.kid === undefined ? key.exp < latest : key.kid !== admin.kid;
    const stands = standing(end, renewalOf(key['created'], end), isReplaced, terms);
    if (admin) return [adminKey(admin, key, stands, terms)];
    return [
      {
        id: `unmanaged-key:${clientId}:${key.kid}`,
        series: clientId,
        kind: 'unmanaged-key',
        what: `key ${key.kid} of ${called}`,
        owner,
        ...stands,
        remedy: isReplaced
          ? `have ${owner} remove it at Digdir`
          : `digdir adopt -f MANIFESTS, or have ${owner} register a new key at Digdir`,
      },
    ];
  });
}

type Standing = Pick<ExpiringItem, 'expires' | 'renewal' | 'state'>;

/** Digdir alone registers and removes keys of admin clients. */
function adminKey(admin: ObservedAdmin, key: RegisteredKey, stands: Standing, { tenant, now }: Terms): ExpiringItem {
  const { kind, clientId, kid, outOfUse } = admin;
  const out = key.kid === kid ? outOfUse : Date.parse(stands.expires) > now ? formerlyOut(admin, key) : undefined;
  const state = out ? 'revoked' : stands.state;
  return {
    id: `admin-key:${clientId}:${key.kid}`,
    series: clientId,
    kind: 'admin-key',
    what: `key ${key.kid} of the ${kind} admin client${out ? howOut(out) : ''}`,
    owner: tenant,
    ...stands,
    state,
    remedy: out ? unregistering(kind, out) : state === 'replaced' ? removing : rotating(kind),
  };
}

/** Digdir goes on taking what is registered, whatever became of the key here. */
function formerlyOut({ revoked = [] }: ObservedAdmin, { kid }: RegisteredKey): OutOfUse | undefined {
  const found = revoked.find((one) => one.kid === kid);
  return found && { serialNumber: found.serialNumber, compromised: true };
}

/** The key of the next certificate is registered before it is used, and while a rotation soaks its way back is the one before it. */
const removing = 'have Digdir remove it, unless a rotation is to use it, or may still go back to it';

const unregistering = (kind: ClientKind, out: OutOfUse): string =>
  out.compromised ? 'have Digdir remove it: until then a copy of its key works' : replacing(kind, out);

function standing(end: number, renewal: number, isReplaced: boolean, { now }: Terms): Standing {
  const late: ItemState = end <= now ? 'expired' : renewal <= now ? 'due' : 'valid';
  const state: ItemState = isReplaced ? 'replaced' : late;
  return { expires: new Date(end).toISOString(), renewal: new Date(renewal).toISOString(), state };
}
