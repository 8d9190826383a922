/** `digdir acknowledge`: the application uses the published credentials, so keys from before them may go. */

import { numberOption } from '../call.ts';
import type { Call } from '../call.ts';
import { readReference } from '../client-reference.ts';
import { operateOn } from '../operate.ts';

export async function acknowledge(call: Call): Promise<number> {
  const version = numberOption(call, 'version');
  const operation = { kind: 'acknowledge', ...(version === undefined ? {} : { version }) } as const;
  return await operateOn(call, await readReference(call), operation);
}
