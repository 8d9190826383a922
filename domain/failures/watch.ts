/** Failure codes: the watch over what expires. */

import type { Entry } from './entry.ts';

export const watchFailures = {
  EXPIRY_UNSEEN: [
    'notice',
    'Something that may expire could not be looked at',
    'Mend what the message says: until then nobody is told of it.',
  ],
  SECRET_EXPIRY_UNKNOWN: [
    'notice',
    'A client proves itself by a client secret, whose end Digdir does not tell',
    'It lives 360 days from when it was made. Note that day, or change the client to `private_key_jwt`.',
  ],
  NOTICE_UNDELIVERED: [
    'passing',
    'A notice could not be delivered',
    'It is tried again by itself, and at the next pass of the watch. If it stays, look at DIGDIR_NOTICE_WEBHOOK of the workers.',
  ],
  NOTICE_REFUSED: [
    'refused',
    'The webhook refuses a notice',
    'Correct DIGDIR_NOTICE_WEBHOOK of the workers; the next pass of the watch sends the notice again.',
  ],
  WATCH_NOT_KEPT: [
    'notice',
    'Which notices were given could not be read or kept',
    'Mend what the message says: until then notices are given again with every pass, each under the id that it had.',
  ],
} as const satisfies Record<string, Entry>;
