/**
 * Digdir's self-service API v1: clients and their keys (facts of June and September 2025). Every call bears an admin
 * token. Refused: `ADMIN_TOKEN_REFUSED` (401), `SELF_SERVICE_REFUSED` (403), `CLIENT_REFUSED` (the rest), each with what
 * the API says and its correlation id; not answered: `DIGDIR_UNAVAILABLE`.
 */

import type { ClientBody, ReturnedClient } from '../domain/client-body.ts';
import type { RegisteredKey } from '../domain/client-keys.ts';
import { Refusal } from '../domain/refusal.ts';
import { request } from './http.ts';
import type { Reply } from './http.ts';
import type { Limits } from './limits.ts';

export type SelfService = ReturnType<typeof createSelfService>;

/** `base` without a trailing slash, such as `https://api.samarbeid.digdir.no/api/v1`. */
export function createSelfService(base: string) {
  async function call(method: string, path: string, token: string, limits: Limits, body?: unknown): Promise<Reply> {
    const authorization: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
    if (body === undefined) return await request(`${base}${path}`, { method, headers: authorization }, limits);
    const headers = { ...authorization, 'content-type': 'application/json' };
    return await request(`${base}${path}`, { method, headers, body: JSON.stringify(body) }, limits);
  }

  /** The reply when its status is among those that are expected; else throws. */
  async function expect(
    statuses: readonly number[],
    method: string,
    path: string,
    token: string,
    limits: Limits,
    body?: unknown,
  ): Promise<Reply> {
    const reply = await call(method, path, token, limits, body);
    if (statuses.includes(reply.status) || isOk(reply)) return reply;
    throw refusalOf(`${method} ${path}`, reply);
  }

  /** A list of objects; an empty one may come as an error ("does not have any"). */
  async function list(path: string, token: string, limits: Limits): Promise<Record<string, unknown>[]> {
    const reply = await call('GET', path, token, limits);
    if (isOk(reply)) return reply.list.filter(isObject);
    if (text(reply.json['error_description']).includes('does not have any')) return [];
    throw refusalOf(`GET ${path}`, reply);
  }

  return {
    /** Reads the admin client itself. Refused: `SELF_SERVICE_REFUSED`, with what the API says. */
    async organisationOf(clientId: string, token: string, limits: Limits): Promise<string> {
      const path = `/clients/${encodeURIComponent(clientId)}`;
      const reply = await call('GET', path, token, limits);
      if (reply.status === 200) return text(reply.json['client_orgno']);
      // What Digdir just registered takes some minutes to arrive here too.
      throw new Refusal('SELF_SERVICE_REFUSED', answered(`GET ${path}`, reply), { passing: true });
    },

    /** The client, whether it is active or not; nothing where there is none. */
    async client(clientId: string, token: string, limits: Limits): Promise<ReturnedClient | undefined> {
      const reply = await expect([404], 'GET', pathOf(clientId), token, limits);
      return reply.status === 404 ? undefined : reply.json;
    },

    /** All active clients of the organisation: only for a client whose id is not known. */
    async clients(token: string, limits: Limits): Promise<ReturnedClient[]> {
      const reply = await expect([], 'GET', '/clients', token, limits);
      return reply.list.filter(isObject);
    },

    /** Registers a client and tells its id. Not idempotent: two calls make two clients. */
    async createClient(body: ClientBody, token: string, limits: Limits): Promise<string> {
      const reply = await expect([], 'POST', '/clients', token, limits, body);
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
      const reply = await expect([404, 409], 'PUT', pathOf(clientId), token, limits, body);
      return isOk(reply) ? reply.json : undefined;
    },

    /** Deletes the client, softly; well also when it is deleted already. */
    async deleteClient(clientId: string, token: string, limits: Limits): Promise<void> {
      await expect([404, 409], 'DELETE', pathOf(clientId), token, limits);
    },

    async keys(clientId: string, token: string, limits: Limits): Promise<RegisteredKey[]> {
      const reply = await expect([404], 'GET', `${pathOf(clientId)}/jwks`, token, limits);
      const keys: unknown = reply.json['keys'];
      return Array.isArray(keys) ? keys.filter(isKey) : [];
    },

    /** Replaces the whole set, which must not be empty. Its answer has several forms: read the keys afterwards. */
    async replaceKeys(clientId: string, keys: readonly RegisteredKey[], token: string, limits: Limits): Promise<void> {
      await expect([], 'POST', `${pathOf(clientId)}/jwks`, token, limits, { keys: keys.map(asSent) });
    },

    /** Scopes that their owners have given the organisation access to. */
    async accessesGiven(token: string, limits: Limits): Promise<string[]> {
      const reply = await list('/scopes/access/all', token, limits);
      const approved = reply.filter((access) => (access['state'] ?? 'APPROVED') === 'APPROVED');
      return approved.map((access) => String(access['scope']));
    },

    /** Public scopes that every organisation has access to; nobody has to be authenticated for them. */
    async openScopes(limits: Limits): Promise<string[]> {
      const scopes = await list('/scopes/all?accessible_for_all=true', '', limits);
      return scopes.map((scope) => String(scope['name']));
    },

    async deleteKey(clientId: string, kid: string, token: string, limits: Limits): Promise<void> {
      await expect([404], 'DELETE', `${pathOf(clientId)}/jwks/${encodeURIComponent(kid)}`, token, limits);
    },
  };
}

const pathOf = (clientId: string): string => `/clients/${encodeURIComponent(clientId)}`;

/** Documents and observations differ in which of them is used for what. */
const isOk = ({ status }: Reply): boolean => status >= 200 && status < 300;

/** Times of registration are Digdir's own to say. */
function asSent({ created: _created, last_updated: _updated, ...key }: RegisteredKey): object {
  return key;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function isKey(value: unknown): value is RegisteredKey {
  return typeof value === 'object' && value !== null && 'kid' in value && typeof value.kid === 'string';
}

function refusalOf(what: string, reply: Reply): Refusal {
  const message = answered(what, reply);
  if (reply.status === 401) return new Refusal('ADMIN_TOKEN_REFUSED', message);
  if (reply.status === 403) return new Refusal('SELF_SERVICE_REFUSED', message);
  return new Refusal('CLIENT_REFUSED', message);
}

/** With the fields that it names: its description alone is a list without them. */
function answered(what: string, { status, json }: Reply): string {
  const errors: unknown = json['errors'];
  const fields = Array.isArray(errors) ? errors.map(fieldError).filter((one) => one !== '') : [];
  const said = fields.length > 0 ? fields.join('; ') : text(json['error_description']).replace(/^, /, '');
  return `${what} answered HTTP ${status}: ${said} (correlation id: ${text(json['correlation_id'])})`;
}

function fieldError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { errorMessage, fieldIdentifier } = error as { errorMessage?: unknown; fieldIdentifier?: unknown };
  const field = typeof fieldIdentifier === 'string' && fieldIdentifier !== '' ? `${fieldIdentifier}: ` : '';
  return typeof errorMessage === 'string' ? `${field}${errorMessage}` : '';
}

const text = (value: unknown): string => (typeof value === 'string' ? value : 'none');
