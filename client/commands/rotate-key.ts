/** `digdir rotate-key`: a new key for a client; the old one stays as its policy says. */

import type { Call } from '../call.ts';
import { readReference } from '../client-reference.ts';
import { operateOn } from '../operate.ts';

export const rotateKey = async (call: Call): Promise<number> =>
  await operateOn(call, await readReference(call), { kind: 'rotate-key' });
