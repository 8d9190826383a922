/** `digdir rotate-certificate`: as onboarding, for a certificate that takes the place of the one that is active. */

import { Refusal } from '../../domain/refusal.ts';
import { option } from '../call.ts';
import type { Call } from '../call.ts';
import { readOrderInputs } from '../order-options.ts';
import { planOrRun } from './onboard.ts';

export async function rotateCertificate(call: Call): Promise<number> {
  const compromised = option(call, 'compromised');
  if (compromised?.trim() === '') throw new Refusal('USAGE', '--compromised is the serial number of a certificate');
  const rotation = compromised === undefined ? {} : { compromised };
  return await planOrRun(call, { ...(await readOrderInputs(call)), rotation });
}
