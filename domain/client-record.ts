/**
 * Our record of an application's client: labels and annotations of its credentials' secret. It says which client at Digdir
 * is meant, so that nobody has to search for it, which keys are ours, and what was applied and published last.
 */

import type { OldKeyPolicy } from './oauth-client.ts';

/** `creating`: not known at Digdir yet, as far as we know. `preserved`: no longer declared, and left at Digdir. */
const clientStates = ['creating', 'active', 'preserved', 'removed'] as const;
export type ClientState = (typeof clientStates)[number];

/** `candidate`: not proven yet. `current`: the published one. `old`: published before; consumers may still use it. */
const keyRoles = ['candidate', 'current', 'old'] as const;

export type RecordedKey = {
  readonly kid: string;
  readonly role: (typeof keyRoles)[number];
  /** ISO 8601, UTC. */
  readonly created: string;
  /** When Digdir stops taking it; unknown until it is registered. ISO 8601, UTC. */
  readonly expires?: string;
  /** When we have had an old key end, as the client's policy says. ISO 8601, UTC. */
  readonly ends?: string;
  /** Number of the version of the candidates' secret that holds it, until it is published. */
  readonly candidate?: number;
};

export type ClientRecord = {
  readonly state: ClientState;
  /** Counts the writes, so that of two records the later one is known: what Secret Manager shows may be an earlier one. */
  readonly revision: number;
  readonly clientId?: string;
  /** Digdir was asked to make a client, and the answer is not on record. ISO 8601, UTC. */
  readonly askedAt?: string;
  /** Digest of the declaration that was applied last. */
  readonly specDigest?: string;
  /** The `client_uri` that was written last: Digdir does not return it. */
  readonly clientUri?: string;
  readonly keys: readonly RecordedKey[];
  /** Scopes that the client exposes, and is the owner of: `prefix:subscope`. */
  readonly scopes: readonly string[];
  /** Number of the version with the credentials that consumers are to use. */
  readonly published?: number;
  /** All versions of the candidates' secret up to this number are destroyed, or cannot be read for another reason. */
  readonly spentCandidates: number;
  readonly oldKeys: OldKeyPolicy;
  readonly preserve: boolean;
};

export const emptyRecord: ClientRecord = {
  state: 'creating',
  revision: 0,
  keys: [],
  scopes: [],
  spentCandidates: 0,
  oldKeys: { until: 'acknowledged' },
  preserve: false,
};

type Texts = Readonly<Record<string, string>>;

/** The record as the label `state` and annotations; what is unknown is left out. */
export function writeRecord(record: ClientRecord): { state: ClientState; annotations: Record<string, string> } {
  const current = record.keys.find(({ role }) => role === 'current');
  const texts = {
    revision: record.revision.toString(),
    'client-id': record.clientId,
    'asked-at': record.askedAt,
    'spec-digest': record.specDigest,
    'client-uri': record.clientUri,
    keys: JSON.stringify(record.keys),
    scopes: record.scopes.length > 0 ? record.scopes.join(' ') : undefined,
    // For people and for searches: the keys above say the same.
    'key-id': current?.kid,
    'key-expires': current?.expires,
    published: record.published?.toString(),
    'spent-candidates': record.spentCandidates.toString(),
    'old-keys': record.oldKeys.until === 'elapsed' ? record.oldKeys.seconds.toString() : 'acknowledged',
    preserve: record.preserve.toString(),
  };
  const known = Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { state: record.state, annotations: Object.fromEntries(known) };
}

/** The record in a secret's labels and annotations; a sentence that says what is wrong when somebody else wrote there. */
export function readRecord(labels: Texts, annotations: Texts): ClientRecord | string {
  const state = clientStates.find((one) => one === labels['state']);
  if (!state) return `its label \`state\` is ${labels['state'] ?? 'missing'}`;
  const keys = readKeys(annotations['keys']);
  if (!keys) return 'its annotation `keys` is not a list of keys';
  const seconds = Number(annotations['old-keys']);
  const number = (name: string): number | undefined =>
    /^\d+$/.test(annotations[name] ?? '') ? Number(annotations[name]) : undefined;
  const published = number('published');
  return {
    state,
    revision: number('revision') ?? 0,
    ...texts(annotations),
    keys,
    scopes: (annotations['scopes'] ?? '').split(' ').filter((name) => name !== ''),
    ...(published === undefined ? {} : { published }),
    spentCandidates: number('spent-candidates') ?? 0,
    oldKeys: Number.isSafeInteger(seconds) && seconds > 0 ? { until: 'elapsed', seconds } : { until: 'acknowledged' },
    preserve: annotations['preserve'] === 'true',
  };
}

function texts(annotations: Texts): Pick<ClientRecord, 'clientId' | 'askedAt' | 'specDigest' | 'clientUri'> {
  const names = { clientId: 'client-id', askedAt: 'asked-at', specDigest: 'spec-digest', clientUri: 'client-uri' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([field, name]) =>
      annotations[name] === undefined ? [] : [[field, annotations[name]]],
    ),
  );
}

function readKeys(text: string | undefined): RecordedKey[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) && value.every(isKey) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isKey(value: unknown): value is RecordedKey {
  if (typeof value !== 'object' || value === null) return false;
  const { kid, role, created } = value as Partial<Record<keyof RecordedKey, unknown>>;
  return typeof kid === 'string' && keyRoles.some((one) => one === role) && typeof created === 'string';
}
