/**
 * The usual payload converter, except that it never throws at what it cannot read: a signal in a strange encoding would
 * otherwise be retried for ever and hold up the whole run. What cannot be read arrives as `{ unreadable }` and is refused
 * by the handler like every other badly shaped message.
 */

import { defaultPayloadConverter } from '@temporalio/common';
import type { PayloadConverter } from '@temporalio/common';

export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: (payload) => {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch (error) {
      return { unreadable: error instanceof Error ? error.message : 'unknown encoding' } as never;
    }
  },
};
