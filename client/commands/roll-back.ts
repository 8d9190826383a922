/** `digdir roll-back`: goes back to the certificate that was active before the rotation that is under way. */

import { failureOf } from '../../domain/failures.ts';
import { rollBackUpdate } from '../../workflows/messages.ts';
import type { Call } from '../call.ts';
import { tellRun } from './withdraw.ts';

export async function rollBack(call: Call): Promise<number> {
  return await tellRun(call, rollBackUpdate, failureOf('ROLL_BACK_NOT_AWAITED').exitCode);
}
