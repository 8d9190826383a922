/**
 * Taking over a client that somebody else made at Digdir: when that may be, and the plan for it. What follows the record's
 * opening is apply's own plan, made for the record as it will be, so that all is known before anything is changed.
 */

import type { ReturnedClient } from './client-body.ts';
import type { RegisteredKey } from './client-keys.ts';
import { planApply } from './client-plan.ts';
import { emptyRecord } from './client-record.ts';
import type { ClientRecord, RecordedKey } from './client-record.ts';
import type { ClientPlan, ClientStep, Fresh, ObservedClient, WantedClient } from './client-step.ts';

/** `admins`: ids of the clients by which the organisation administers others. `observed`: the client of this id. */
export function planAdoption(
  clientId: string,
  wanted: WantedClient,
  observed: ObservedClient,
  admins: readonly string[],
  fresh: Fresh,
): ClientPlan {
  const { record, keys } = observed;
  if (record?.clientId === clientId && record.state !== 'removed') return planApply(wanted, observed, fresh);
  const message = adoptionFault(clientId, wanted, observed, admins);
  if (message)
    return { steps: [], findings: [{ code: 'CLIENT_NOT_ADOPTABLE', where: 'client', message }], notices: [] };
  const adopted = adoptedRecord(record ?? emptyRecord, clientId, keys, fresh.now);
  const plan = planApply(wanted, { ...observed, record: adopted }, fresh);
  return { ...plan, steps: [...opening(record), adopting(clientId, keys), ...plan.steps] };
}

/** The record once the client is taken over: every key that is at Digdir stays until the consumer uses ours. */
export function adoptedRecord(
  record: ClientRecord,
  clientId: string,
  keys: readonly RegisteredKey[],
  now: Date,
): ClientRecord {
  const { askedAt: _asked, specDigest: _digest, clientUri: _uri, ...known } = record;
  const old = keys.map(({ kid, exp }): RecordedKey => ({
    kid,
    role: 'old',
    created: now.toISOString(),
    ...(exp === undefined ? {} : { expires: new Date(exp * 1000).toISOString() }),
  }));
  return { ...known, state: 'creating', clientId, keys: old };
}

function adoptionFault(
  clientId: string,
  { body }: WantedClient,
  { record, found }: ObservedClient,
  admins: readonly string[],
): string | undefined {
  const named = `The client ${clientId}`;
  if (record?.clientId !== undefined && record.state !== 'removed') {
    return `The record of ${body.description} is about the client ${record.clientId}, not ${clientId}.`;
  }
  if (admins.includes(clientId)) return `${named} is an admin client of the organisation.`;
  if (!found) return `${named} is not at Digdir.`;
  if (found['active'] === false) return `${named} is inactive.`;
  return differences(body, found).map(([what, is, has]) => `${named} has the ${what} ${is}, not ${has}.`)[0];
}

type Difference = readonly [what: string, is: string, has: string];

function differences(body: WantedClient['body'], found: ReturnedClient): Difference[] {
  const fields = { description: 'mark', integration_type: 'integration type' } as const;
  return (['description', 'integration_type'] as const)
    .filter((field) => found[field] !== body[field])
    .map((field) => [fields[field], JSON.stringify(found[field]), body[field]]);
}

function opening(record: ClientRecord | undefined): ClientStep[] {
  if (record && record.state !== 'removed') return [];
  const reason = record ? 'the client was removed, and is declared again' : 'there is none';
  return [{ kind: 'open-record', change: 'open a record of the client', reason }];
}

function adopting(clientId: string, keys: readonly RegisteredKey[]): ClientStep {
  const kids = keys.map(({ kid }) => kid).join(', ');
  return {
    kind: 'adopt-client',
    change: `take over the client ${clientId}${kids === '' ? '' : `, whose keys stay: ${kids}`}`,
    reason: 'it bears the mark of this client, and is at Digdir already',
    clientId,
  };
}
