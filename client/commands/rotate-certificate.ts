/** `digdir rotate-certificate`: as onboarding, for a certificate that takes the place of the one that is active. */

import { flag } from '../call.ts';
import type { Call } from '../call.ts';
import { readInputs } from '../onboard-options.ts';
import { planOrRun } from './onboard.ts';

export async function rotateCertificate(call: Call): Promise<number> {
  const rotation = { compromised: flag(call, 'compromised') };
  return await planOrRun(call, { ...(await readInputs(call)), rotation });
}
