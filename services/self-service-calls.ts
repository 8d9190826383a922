/**
 * Calls of Digdir's self-service API v1, each bearing an admin token. Refused: `ADMIN_TOKEN_REFUSED` (401),
 * `SELF_SERVICE_REFUSED` (403), `CLIENT_REFUSED` (the rest), each with what the API says and its correlation id; not
 * answered: `DIGDIR_UNAVAILABLE`.
 */

import { Refusal } from '../domain/refusal.ts';
import { request } from './http.ts';
import type { Reply } from './http.ts';
import type { Limits } from './limits.ts';

export type SelfServiceCalls = ReturnType<typeof selfServiceCalls>;

/** `base` without a trailing slash, such as `https://api.samarbeid.digdir.no/api/v1`. */
export function selfServiceCalls(base: string) {
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

  return { call, expect, list };
}

/** Documents and observations differ in which of them is used for what. */
export const isOk = ({ status }: Reply): boolean => status >= 200 && status < 300;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function refusalOf(what: string, reply: Reply): Refusal {
  const message = answered(what, reply);
  if (reply.status === 401) return new Refusal('ADMIN_TOKEN_REFUSED', message);
  if (reply.status === 403) return new Refusal('SELF_SERVICE_REFUSED', message);
  return new Refusal('CLIENT_REFUSED', message);
}

/** With the fields that it names: its description alone is a list without them. */
export function answered(what: string, { status, json }: Reply): string {
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

/** A text of a reply, to be shown. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : 'none');
