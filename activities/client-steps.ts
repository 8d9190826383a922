/** The steps that change the client itself at Digdir, and its record. Each may run twice and leaves one effect. */

import { clientChanges } from '../domain/client-body.ts';
import type { ReturnedClient } from '../domain/client-body.ts';
import { credentialsSecretName } from '../domain/client-names.ts';
import type { StepOf } from '../domain/client-step.ts';
import type { FailureCode } from '../domain/failures.ts';
import { markerOf } from '../domain/oauth-client.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import { asAdmin } from './admin-access.ts';
import { attempt } from './attempt.ts';
import { present, write } from './client-record.ts';
import type { HeldRecord } from './client-record.ts';
import { destroyCandidates } from './publish.ts';
import type { Services } from './services.ts';

/**
 * Registers the client, once. That Digdir is about to be asked is on record before it is, under the record's etag, so that
 * only one attempt asks; a later one that finds no answer on record waits until the request is over for certain, and then
 * looks for the client's mark.
 */
export const registerClient = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      step: StepOf<'register-client'>,
    ): Promise<HeldRecord> => {
      const now = await present(services, limits, request, held);
      const { record } = now;
      if (record.clientId !== undefined && record.clientId !== step.replaces) return now;
      return await asAdmin(services, limits, request, async (token) => {
        const registered = async (from: HeldRecord, clientId: string) => {
          const { askedAt: _asked, ...known } = from.record;
          // A client that is only being made has none of the keys of the one before it.
          return await write(services, limits, request, from, { ...known, state: 'creating', clientId, keys: [] });
        };
        if (record.askedAt !== undefined) {
          const found = await findMarked(services, limits, request, record.askedAt, step, token);
          if (found) return await registered(now, found);
        }
        const askedAt = services.clock.now().toISOString();
        const asked = await write(services, limits, request, now, { ...record, askedAt });
        const clientId = await services.selfService
          .createClient(step.body, token, limits)
          .catch(async (error: unknown) => {
            // Refused for certain: nobody has to wait for an answer, and look for a client, the next time.
            if (error instanceof Refusal && certain.includes(error.code)) {
              await write(services, limits, request, asked, record);
            }
            throw error;
          });
        services.audit({ event: 'client-registered', client: markerOf(request.client), clientId });
        return await registered(asked, clientId);
      });
    },
  );

/** Refusals that say that nothing was made. */
const certain: readonly FailureCode[] = ['CLIENT_REFUSED', 'SELF_SERVICE_REFUSED', 'ADMIN_TOKEN_REFUSED'];

/** Which client was made by a request whose answer was lost, if any was. */
async function findMarked(
  { selfService, clock }: Services,
  limits: Limits,
  request: ProvisioningRequest,
  askedAt: string,
  { body, replaces }: StepOf<'register-client'>,
  token: string,
): Promise<string | undefined> {
  const over = Date.parse(askedAt) + request.pace.attempt - clock.now().getTime();
  if (over > 0) {
    throw new Refusal('CLIENT_ASKED', `It was asked at ${askedAt}.`, { retryAfter: over });
  }
  const mark = markerOf(request.client);
  const marked = (await selfService.clients(token, limits)).filter(
    (one) =>
      one['description'] === mark && one['integration_type'] === body.integration_type && one['client_id'] !== replaces,
  );
  if (marked.length <= 1) return marked[0] && String(marked[0]['client_id']);
  const ids = marked.map((one) => String(one['client_id'])).join(', ');
  throw new Refusal('CLIENT_DUPLICATE', `${mark} is the description of ${ids}.`);
}

export type Updated = { readonly outcome: 'updated' | 'gone'; readonly held: HeldRecord };

/** Writes the client as declared, and sees that Digdir returns it so. `gone`: it cannot come back, a new one has to be made. */
export const updateClient = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { body, changes }: StepOf<'update-client'>,
    ): Promise<Updated> => {
      const now = await present(services, limits, request, held);
      const { clientId = '', ...record } = now.record;
      const answer = await asAdmin(services, limits, request, (token) =>
        services.selfService.updateClient(clientId, body, token, limits),
      );
      if (!answer) {
        const forgotten = await write(services, limits, request, now, { ...record, state: 'creating', keys: [] });
        return { outcome: 'gone', held: forgotten };
      }
      services.audit({ event: 'client-updated', clientId, fields: changes.map(({ field }) => field) });
      const left = clientChanges(body, answer, { clientUri: body.client_uri, sameSpec: true });
      if (left.length === 0) return { outcome: 'updated', held: now };
      const fields = left.map(
        ({ field, from, to }) => `${field} is ${JSON.stringify(from)}, not ${JSON.stringify(to)}`,
      );
      throw new Refusal('CLIENT_NOT_AS_WRITTEN', `Client ${clientId}: ${fields.join('; ')}.`);
    },
  );

/** Out of use at once: an inactive client gets no tokens and no logins. */
export const deactivateClient = (services: Services) =>
  attempt(async (limits: Limits, request: ProvisioningRequest, held: HeldRecord): Promise<HeldRecord> => {
    const clientId = held.record.clientId ?? '';
    await asAdmin(services, limits, request, async (token) => {
      const found = await services.selfService.client(clientId, token, limits);
      if (!found || found['active'] === false) return;
      await services.selfService.updateClient(clientId, inactive(found), token, limits);
      services.audit({ event: 'client-deactivated', clientId });
    });
    return held;
  });

/** The client as it was returned, without what only Digdir writes. */
function inactive(found: ReturnedClient): ReturnedClient {
  const { created: _created, last_updated: _updated, client_secret: _secret, jwks_uri: _uri, ...client } = found;
  return { ...client, active: false };
}

export const deleteClient = (services: Services) =>
  attempt(async (limits: Limits, request: ProvisioningRequest, held: HeldRecord): Promise<HeldRecord> => {
    const clientId = held.record.clientId ?? '';
    await asAdmin(services, limits, request, (token) => services.selfService.deleteClient(clientId, token, limits));
    services.audit({ event: 'client-deleted', clientId });
    return held;
  });

/** Disables every published version, destroys what was never published, and leaves the record as a tombstone. */
export const closeRecord = (services: Services) =>
  attempt(async (limits: Limits, request: ProvisioningRequest, held: HeldRecord): Promise<HeldRecord> => {
    const now = await present(services, limits, request, held);
    const secret = credentialsSecretName(request.google, request.client);
    for (const { name } of await services.secrets.readFrom(secret, 1, limits)) {
      await services.secrets.disableVersion(name, limits);
    }
    const spentCandidates = await destroyCandidates(services, limits, request, now.record);
    const { askedAt: _asked, published: _published, specDigest: _digest, ...record } = now.record;
    services.audit({ event: 'client-removed', client: markerOf(request.client), clientId: record.clientId });
    return await write(services, limits, request, now, { ...record, state: 'removed', keys: [], spentCandidates });
  });

export const writeClientRecord = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { applied, state }: StepOf<'write-record'>,
    ): Promise<HeldRecord> => {
      const now = await present(services, limits, request, held);
      return await write(services, limits, request, now, { ...now.record, ...applied, state });
    },
  );
