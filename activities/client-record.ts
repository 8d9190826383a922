/** Reading and writing our record of a client: labels and annotations of its credentials' secret, under its etag. */

import {
  candidateSecretName,
  clientLabels,
  credentialsSecretName,
  decisionsSecretName,
} from '../domain/client-names.ts';
import { emptyRecord, readRecord, writeRecord } from '../domain/client-record.ts';
import type { ClientRecord } from '../domain/client-record.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import type { Secret } from '../services/secret-manager.ts';
import { age, attempt, isFirstAttempt } from './attempt.ts';
import { readCredentials, spentCandidates } from './credentials.ts';
import type { Services } from './services.ts';

/** A record, and the etag of what it was read from or written to: the run hands it from step to step. */
export type HeldRecord = { readonly record: ClientRecord; readonly etag: string };

/** The record as Secret Manager shows it now, which may be late; nothing while it shows none. */
export async function readHeld(
  { secrets }: Services,
  limits: Limits,
  request: ProvisioningRequest,
): Promise<HeldRecord | undefined> {
  const secret = await secrets.secret(credentialsSecretName(request.google, request.client), limits);
  return secret && heldOf(secret);
}

/**
 * Refuses to go by a record of before (or none yet) while there are credentials that it does not know of: `CLIENT_RECORD_LATE`.
 * What is read by number is never late. When a change has had the time to arrive, an earlier run broke off in between.
 */
export async function refuseLate(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  held: HeldRecord | undefined,
): Promise<void> {
  const { state, published = 0 } = held?.record ?? {};
  if (state === 'removed' || age() > request.pace.propagation * 1000) return;
  const next = await readCredentials(services, limits, request, published + 1);
  if (!next || (held && (await leadsTo(services, limits, request, held.record, next.key.kid)))) return;
  const shown = held ? `the record knows of version ${published}` : 'there is no record yet';
  throw new Refusal('CLIENT_RECORD_LATE', `Version ${published + 1} is published, and ${shown}.`);
}

/**
 * Whether the plan goes on from this record to the published key: published without a note of it, if its candidate is still
 * there, which goes once it is noted.
 */
async function leadsTo(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  record: ClientRecord,
  kid: string,
): Promise<boolean> {
  if (request.operation.kind === 'acknowledge' || !record.keys.some((key) => key.kid === kid)) return false;
  return !(await spentCandidates(services, limits, request, record)).includes(kid);
}

/**
 * What the step before left, or, in a further attempt (which may have written already), what Secret Manager shows, unless
 * that is of before the step.
 */
export async function present(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  held: HeldRecord,
): Promise<HeldRecord> {
  if (isFirstAttempt()) return held;
  const shown = await readHeld(services, limits, request);
  return shown && shown.record.revision >= held.record.revision ? shown : held;
}

/** Writes the record. `STATE_CONFLICT` when somebody wrote since: the next attempt reads what, and sees what is left to do. */
export async function write(
  { secrets }: Services,
  limits: Limits,
  { google, client }: ProvisioningRequest,
  { etag, record: { revision } }: HeldRecord,
  record: ClientRecord,
): Promise<HeldRecord> {
  const name = credentialsSecretName(google, client);
  const { state, annotations } = writeRecord({ ...record, revision: revision + 1 });
  const secret = await secrets.updateSecret(name, { labels: labelsOf(client, state), annotations, etag }, limits);
  return heldOf(secret);
}

/** Makes both secrets of the client, the record in the one; takes up the record of a client that was removed. */
export const openRecord = (services: Services) =>
  attempt(async (limits: Limits, request: ProvisioningRequest): Promise<HeldRecord> => {
    const { google, client } = request;
    const name = credentialsSecretName(google, client);
    const { replication } = google;
    const { state, annotations } = writeRecord(emptyRecord);
    await services.secrets.createSecret(
      candidateSecretName(google, client),
      { labels: labelsOf(client, 'candidates'), replication },
      limits,
    );
    const labels = labelsOf(client, state);
    const created = await services.secrets.createSecret(name, { labels, annotations, replication }, limits);
    if (created) return heldOf(created);
    const held = await readHeld(services, limits, request);
    if (!held) throw new Refusal('STATE_CONFLICT', `${name} exists, and cannot be seen yet.`);
    if (held.record.state !== 'removed') return held;
    return await write(services, limits, request, held, { ...held.record, state: 'creating', keys: [] });
  });

/** Makes the secret of what people decide about the client's plans, once. */
export const openDecisions = ({ secrets }: Services) =>
  attempt(async (limits: Limits, { google, client }: ProvisioningRequest): Promise<void> => {
    const wanted = { labels: labelsOf(client, 'decisions'), replication: google.replication };
    await secrets.createSecret(decisionsSecretName(google, client), wanted, limits);
  });

const labelsOf = (client: ProvisioningRequest['client'], state: string): Record<string, string> => ({
  ...clientLabels(client),
  state,
});

function heldOf({ name, labels, annotations, etag }: Secret): HeldRecord {
  const record = readRecord(labels, annotations);
  if (typeof record === 'string') throw new Refusal('CLIENT_RECORD_BROKEN', `${name}: ${record}.`);
  return { record, etag };
}
