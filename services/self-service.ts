/** Digdir's self-service API v1: clients and their keys (facts of June and September 2025). */

import type { ClientBody, ReturnedClient } from '../domain/client-body.ts';
import type { RegisteredKey } from '../domain/client-keys.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from './limits.ts';
import { answered, isOk, text } from './self-service-calls.ts';
import type { SelfServiceCalls } from './self-service-calls.ts';

export type SelfService = ReturnType<typeof createSelfService>;

export function createSelfService(calls: SelfServiceCalls) {
  return {
    /** Reads the admin client itself. Refused: `SELF_SERVICE_REFUSED`, with what the API says. */
    async organisationOf(clientId: string, token: string, limits: Limits): Promise<string> {
      const path = `/clients/${encodeURIComponent(clientId)}`;
      const reply = await calls.call('GET', path, token, limits);
      if (reply.status === 200) return text(reply.json['client_orgno']);
      // What Digdir just registered takes some minutes to arrive here too.
      throw new Refusal('SELF_SERVICE_REFUSED', answered(`GET ${path}`, reply), { passing: true });
    },

    /** The client, whether it is active or not; nothing where there is none. */
    async client(clientId: string, token: string, limits: Limits): Promise<ReturnedClient | undefined> {
      const reply = await calls.expect([404], 'GET', pathOf(clientId), token, limits);
      return reply.status === 404 ? undefined : reply.json;
    },

    /** All active clients of the organisation: only for a client whose id is not known. */
    async clients(token: string, limits: Limits): Promise<ReturnedClient[]> {
      return await calls.list('/clients', token, limits);
    },

    /** Registers a client and tells its id. Not idempotent: two calls make two clients. */
    async createClient(body: ClientBody, token: string, limits: Limits): Promise<string> {
      const reply = await calls.expect([], 'POST', '/clients', token, limits, body);
      const id = reply.json['client_id'];
      if (typeof id !== 'string') throw new Refusal('DIGDIR_UNAVAILABLE', 'The answer to POST /clients holds no id.');
      return id;
    },

    /** Replaces all of the client but its keys, and tells what it is now; nothing where it cannot come back (409), or is gone. */
    async updateClient(
      clientId: string,
      body: ClientBody | ReturnedClient,
      token: string,
      limits: Limits,
    ): Promise<ReturnedClient | undefined> {
      const reply = await calls.expect([404, 409], 'PUT', pathOf(clientId), token, limits, body);
      return isOk(reply) ? reply.json : undefined;
    },

    /** Deletes the client, softly; well also when it is deleted already. */
    async deleteClient(clientId: string, token: string, limits: Limits): Promise<void> {
      await calls.expect([404, 409], 'DELETE', pathOf(clientId), token, limits);
    },

    async keys(clientId: string, token: string, limits: Limits): Promise<RegisteredKey[]> {
      const reply = await calls.expect([404], 'GET', `${pathOf(clientId)}/jwks`, token, limits);
      const keys: unknown = reply.json['keys'];
      return Array.isArray(keys) ? keys.filter(isKey) : [];
    },

    /** Replaces the whole set, which must not be empty. Its answer has several forms: read the keys afterwards. */
    async replaceKeys(clientId: string, keys: readonly RegisteredKey[], token: string, limits: Limits): Promise<void> {
      await calls.expect([], 'POST', `${pathOf(clientId)}/jwks`, token, limits, { keys: keys.map(asSent) });
    },

    async deleteKey(clientId: string, kid: string, token: string, limits: Limits): Promise<void> {
      await calls.expect([404], 'DELETE', `${pathOf(clientId)}/jwks/${encodeURIComponent(kid)}`, token, limits);
    },
  };
}

const pathOf = (clientId: string): string => `/clients/${encodeURIComponent(clientId)}`;

/** Times of registration are Digdir's own to say. */
function asSent({ created: _created, last_updated: _updated, ...key }: RegisteredKey): object {
  return key;
}

function isKey(value: unknown): value is RegisteredKey {
  return typeof value === 'object' && value !== null && 'kid' in value && typeof value.kid === 'string';
}
