/** Telling people: a POST of JSON to the one address that the worker's settings name, such as an incoming webhook of Slack. */

import { Refusal } from '../domain/refusal.ts';
import { causeOf, retryAfterOf } from './http.ts';
import type { Limits } from './limits.ts';

export type Notices = ReturnType<typeof createNotices>;

/** The address is a secret (whoever knows it may write there): nothing that is thrown holds it. */
export function createNotices(webhook: string | undefined) {
  return {
    isSet: webhook !== undefined,

    /**
     * Resolves once it is taken. Refused: NOTICE_UNDELIVERED when there is no answer, for 408, 429 (with its `Retry-After`)
     * and 5xx; NOTICE_REFUSED for any other answer, which no repetition mends.
     */
    async send(body: object, limits: Limits): Promise<void> {
      if (webhook === undefined) return;
      const signals = [AbortSignal.timeout(limits.timeout), ...(limits.signal ? [limits.signal] : [])];
      const reply = await fetch(webhook, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any(signals),
      }).catch((error: unknown) => {
        throw new Refusal('NOTICE_UNDELIVERED', `The webhook does not answer: ${causeOf(error)}`);
      });
      await reply.body?.cancel();
      const { status } = reply;
      if (reply.ok) return;
      const message = `The webhook answered HTTP ${status}.`;
      const isPassing = status === 408 || status === 429 || status >= 500;
      if (!isPassing) throw new Refusal('NOTICE_REFUSED', message);
      const retryAfter = retryAfterOf(reply.headers.get('retry-after'));
      throw new Refusal('NOTICE_UNDELIVERED', message, retryAfter ? { retryAfter } : {});
    },
  };
}
