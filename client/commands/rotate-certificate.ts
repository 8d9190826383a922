/** `digdir rotate-certificate`: as onboarding, for a certificate that takes the place of the one that is active. */

import { option } from '../call.ts';
import type { Call } from '../call.ts';
import { readOrderInputs } from '../order-options.ts';
import { planOrRun } from './onboard.ts';

export async function rotateCertificate(call: Call): Promise<number> {
  const compromised = option(call, 'compromised');
  const rotation = compromised === undefined ? {} : { compromised };
  return await planOrRun(call, { ...(await readOrderInputs(call)), rotation });
}
