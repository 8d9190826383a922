/** `digdir roll-back`: goes back to the certificate that was active before the rotation that is under way. */

import { rotationType } from '../../domain/rotation.ts';
import { rollBackUpdate } from '../../workflows/messages.ts';
import type { Call } from '../call.ts';
import { tellRun } from './withdraw.ts';

export async function rollBack(call: Call): Promise<number> {
  return await tellRun(call, { update: rollBackUpdate, refused: 'ROLL_BACK_NOT_AWAITED', type: rotationType });
}
