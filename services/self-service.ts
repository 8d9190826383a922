/** Digdir's self-service API v1: for now, reading the admin client itself, which shows that the token is accepted. */

import { Refusal } from '../domain/refusal.ts';
import { request } from './http.ts';
import type { Limits } from './limits.ts';

export type SelfService = ReturnType<typeof createSelfService>;

/** `base` without a trailing slash, such as `https://api.samarbeid.digdir.no/api/v1`. */
export function createSelfService(base: string) {
  return {
    /** Reads a client by its id. Refused: `SELF_SERVICE_REFUSED`, with what the API says. */
    async client(clientId: string, accessToken: string, limits: Limits): Promise<{ readonly organisation: string }> {
      const address = `${base}/clients/${encodeURIComponent(clientId)}`;
      const headers = { authorization: `Bearer ${accessToken}` };
      const reply = await request(address, { method: 'GET', headers }, limits);
      if (reply.status === 200) return { organisation: text(reply.json['client_orgno']) };
      throw new Refusal(
        'SELF_SERVICE_REFUSED',
        `GET /clients/${clientId} answered HTTP ${reply.status}: ${text(reply.json['error_description'])} (correlation id: ${text(reply.json['correlation_id'])})`,
        // What Digdir just registered takes some minutes to arrive here too.
        { passing: true },
      );
    },
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : 'none');
