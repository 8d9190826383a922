/** The invariants of provisioning: of a client that is to be there, of one that was removed, and of doing it once more. */

import { isDeepStrictEqual } from 'node:util';
import type { OperationEnd } from '../../domain/provisioning.ts';
import type { Call } from '../../local/calls.ts';
import type { LocalGoogle } from '../../local/google.ts';
import { ownNeedles } from '../key-scan/registry.ts';
import { scanBytes } from '../key-scan/scan.ts';
import type { Application } from './application.ts';
import type { Invariant } from './scenario.ts';
import { always } from './witness.ts';

export type ClientEvidence = Application & {
  readonly ends: readonly OperationEnd[];
  /** What was not so at some time, by the name of the invariant. */
  readonly breaches: ReadonlyMap<string, string>;
  /** How many different credentials were to be published, all together. */
  readonly contents: number;
  /** Id of a key that somebody registered by hand. */
  readonly foreign?: string;
  /** Whether two attempts of an activity may have been under way at once. */
  readonly overlapping: boolean;
};

const atAllTimes = Object.values(always).map((name): Invariant<ClientEvidence> => ({
  name,
  breach: ({ breaches }) => breaches.get(name),
}));

const both: readonly Invariant<ClientEvidence>[] = [
  ...atAllTimes,
  { name: 'every request is carried out', breach: refusedRequest },
  { name: 'no unproven key can be read', breach: readableCandidates },
  { name: 'a private key is in secrets only', breach: keyElsewhere },
];

export const provisioned: readonly Invariant<ClientEvidence>[] = [
  ...both,
  { name: 'one active client with the mark', breach: otherThanOneClient },
  { name: 'every key of ours at Digdir is on record', breach: orphanKeys },
  { name: 'the record says what is true', breach: untrueRecord },
  { name: 'credentials are published once', breach: publishedAgain },
];

export const removed: readonly Invariant<ClientEvidence>[] = [
  ...both,
  { name: 'no active client with the mark', breach: activeClient },
  { name: 'no key of ours is left at Digdir', breach: leftKeys },
  { name: 'no credentials can be read', breach: readableCredentials },
  { name: 'the record is a tombstone', breach: livingRecord },
];

function refusedRequest({ ends }: ClientEvidence): string | undefined {
  const refused = ends.find(({ outcome }) => outcome !== 'applied' && outcome !== 'unchanged');
  return refused && `${refused.operation} is ${refused.outcome}: ${refused.message}`;
}

function readableCandidates({ candidates }: ClientEvidence): string | undefined {
  return candidates.length === 0 ? undefined : `versions ${candidates.join(', ')}`;
}

/** Temporal's database and the logs are searched when all tests are over. */
function keyElsewhere({ clients, record, ends }: ClientEvidence): string | undefined {
  const [find] = scanBytes(ownNeedles, Buffer.from(JSON.stringify({ clients, record, ends })));
  return find && `${find.secret} (${find.form})`;
}

const activeClients = ({ clients }: ClientEvidence) => clients.filter(({ client }) => client.active);

function otherThanOneClient(evidence: ClientEvidence): string | undefined {
  const active = activeClients(evidence);
  return active.length === 1 ? undefined : `there are ${active.length}`;
}

function orphanKeys({ clients, record, foreign }: ClientEvidence): string | undefined {
  const known = [foreign, ...(record?.keys ?? []).map(({ kid }) => kid)];
  const orphans = clients.flatMap(({ keys }) => keys.map(({ kid }) => kid)).filter((kid) => !known.includes(kid));
  return orphans.length === 0 ? undefined : orphans.join(', ');
}

function untrueRecord(evidence: ClientEvidence): string | undefined {
  const { record, credentials, ends } = evidence;
  if (!record) return 'there is none';
  const [registered] = activeClients(evidence);
  if (record.state !== 'active') return `its state is ${record.state}`;
  if (record.clientId !== registered?.client.client_id) return `its client is ${record.clientId}`;
  const current = record.keys.filter(({ role }) => role === 'current');
  const [one] = current;
  if (current.length !== 1 || record.keys.some(({ role }) => role === 'candidate')) {
    return `its keys are ${record.keys.map(({ kid, role }) => `${kid} (${role})`).join(', ')}`;
  }
  const published = credentials.find(({ number }) => number === record.published);
  if (published?.kid !== one?.kid)
    return `version ${record.published} holds ${published?.kid}, and ${one?.kid} is current`;
  if (published?.text !== credentials.at(-1)?.text) return `version ${record.published} is not as the last one`;
  for (const { kid, expires, ends: ending } of record.keys) {
    const exp = registered?.keys.find((key) => key.kid === kid)?.exp;
    if (exp === undefined) return `the key ${kid} is not registered`;
    const noted = ending ?? expires;
    if (noted !== new Date(exp * 1000).toISOString()) return `the key ${kid} does not expire at ${noted}`;
  }
  const told = ends.at(-1)?.published;
  return told?.kid === one?.kid && told?.version.endsWith(`/${record.published}`)
    ? undefined
    : 'the result tells another';
}

/** Where two attempts overlap, both may have looked before either added: the double then says the same. */
function publishedAgain({ credentials, contents, overlapping }: ClientEvidence): string | undefined {
  const different = new Set(credentials.map(({ text }) => text)).size;
  if (different !== contents) return `there are ${different} different ones, not ${contents}`;
  return credentials.length === different || overlapping ? undefined : `${credentials.length} versions can be read`;
}

function activeClient(evidence: ClientEvidence): string | undefined {
  return activeClients(evidence)[0]?.client.client_id;
}

function leftKeys({ clients, foreign }: ClientEvidence): string | undefined {
  return clients.flatMap(({ keys }) => keys).find(({ kid }) => kid !== foreign)?.kid;
}

function readableCredentials({ credentials }: ClientEvidence): string | undefined {
  return credentials.length === 0 ? undefined : `versions ${credentials.map(({ number }) => number).join(', ')}`;
}

function livingRecord({ record, clients }: ClientEvidence): string | undefined {
  if (record?.state !== 'removed') return `its state is ${record?.state}`;
  if (record.published !== undefined || record.keys.length > 0) return 'it names credentials or keys';
  const known = clients.some(({ client }) => client.client_id === record.clientId);
  return known ? undefined : `its client is ${record.clientId}`;
}

const asks = ['GET /api/v1/clients/{id}', 'GET /api/v1/scopes/'];

/** What the last request finds, and leaves, when it is made once more. */
export type ClientRepetition = {
  readonly before: ReturnType<LocalGoogle['inspect']>;
  readonly after: ReturnType<LocalGoogle['inspect']>;
  readonly calls: readonly Call[];
  readonly end: OperationEnd;
};

export const repeatedly: readonly Invariant<ClientRepetition>[] = [
  {
    name: 'once more, there is nothing to do',
    breach: ({ end: { outcome, steps, message } }) =>
      outcome === 'unchanged' && steps.length === 0 ? undefined : `it ends ${outcome}: ${message}`,
  },
  {
    name: 'once more, Digdir is only asked for the client by its id, and for scopes',
    breach: ({ calls }) => {
      const ofClients = calls.filter(({ system }) => system === 'self-service');
      return ofClients.find(({ method }) => !asks.some((asked) => method.startsWith(asked)))?.method;
    },
  },
  {
    name: 'once more, everything in Google stays as it is',
    breach: ({ before, after }) => (isDeepStrictEqual(before, after) ? undefined : 'something has changed'),
  },
];
