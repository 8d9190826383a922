/** The invariants of taking over a client: what others made stays as it is, and goes on working. */

import { isDeepStrictEqual } from 'node:util';
import type { ClientRecord } from '../../local/digdir/models.ts';
import type { Invariant } from './scenario.ts';
import { createSideWitness } from './side-witness.ts';
import type { SideWitness } from './side-witness.ts';
import type { InUse } from './witness.ts';

/** `until`: when the keys that the client has may go. */
export type Taken = { readonly clientId: string; readonly until: 'acknowledged' | 'elapsed' };

type Clients = readonly ClientRecord[];
type Evidence = Taken & { readonly before: Clients; readonly now: Clients; readonly inUse: InUse };

export const takenAlways = {
  sameClient: 'the client keeps its id, and none is made beside it',
  keysWork: 'a key that is registered works until its time comes',
  adminsStay: 'admin clients are untouched',
  othersStay: 'clients of others are untouched',
} as const;

const always: readonly Invariant<Evidence>[] = [
  { name: takenAlways.sameClient, breach: otherClients },
  { name: takenAlways.keysWork, breach: brokenKey },
  { name: takenAlways.adminsStay, breach: (evidence) => changed(evidence, isAdmin) },
  { name: takenAlways.othersStay, breach: (evidence) => changed(evidence, (client) => !isAdmin(client)) },
];

/** Compares with what is there now. `look`: at all clients that Digdir has. */
export function createTakenWitness(look: () => Clients, taken: Taken): SideWitness {
  const before = look();
  const evidence = (inUse: InUse): Evidence => ({ ...taken, before, now: look(), inUse });
  return createSideWitness({ always, afterwards: [], evidence });
}

export const isAdmin = ({ client }: ClientRecord): boolean => client.description.startsWith('Self-service client');

const idOf = ({ client }: ClientRecord): string => client.client_id;
const byId = (clients: Clients, id: string): ClientRecord | undefined => clients.find((one) => idOf(one) === id);

function otherClients({ clientId, before, now }: Evidence): string | undefined {
  if (!byId(now, clientId)?.client.active) return `${clientId} is not active`;
  const made = now.map(idOf).filter((id) => !byId(before, id));
  return made.length === 0 ? undefined : `there is ${made.join(', ')} too`;
}

/** Of keys that have no other time, the one that Digdir gave them is theirs. */
function brokenKey({ clientId, until, before, now, inUse }: Evidence): string | undefined {
  if (inUse !== 'all') return undefined;
  const there = byId(now, clientId)?.keys ?? [];
  return byId(before, clientId)?.keys.find(({ kid, n, exp }) => {
    const key = there.find((one) => one.kid === kid);
    const lasts = until === 'elapsed' ? key && key.exp * 1000 > Date.now() : key?.exp === exp;
    return key?.n !== n || !lasts;
  })?.kid;
}

function changed({ clientId, before, now }: Evidence, of: (client: ClientRecord) => boolean): string | undefined {
  const others = before.filter((one) => idOf(one) !== clientId && of(one)).map(idOf);
  return others.find((id) => !isDeepStrictEqual(byId(now, id), byId(before, id)));
}
