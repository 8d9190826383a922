/** What a run's status says of the key of the active certificate, where somebody else may have it. */

import { sameSerial } from '../domain/revocation.ts';
import { compromisedSerial } from '../domain/rotation.ts';
import type { RunStatus } from '../workflows/messages.ts';

/** Whether the run has taken the key of the active certificate out of use; nothing where that is not compromised. */
export function compromisedKey({
  request,
  active,
  plans,
  steps,
}: RunStatus): 'out of use' | 'still in use' | undefined {
  const serial = compromisedSerial(request);
  if (!active || serial === undefined || !sameSerial(active.serialNumber, serial)) return undefined;
  const planned = plans.find(({ plan }) => plan.phase === 'revocation')?.plan.steps;
  const done = steps.filter(({ phase, state }) => phase === 'revocation' && state === 'done');
  return planned && done.length >= planned.length ? 'out of use' : 'still in use';
}
