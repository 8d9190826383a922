/** What a run's status says of the key of the active certificate, where somebody else may have it. */

import { isRevoked, sameSerial } from '../domain/revocation.ts';
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
  if (!active || serial === undefined) return undefined;
  const subject = plans.find(({ plan }) => plan.phase === 'revocation')?.plan.subject;
  const named = subject?.compromised ? [serial, subject.certificate.serialNumber] : [serial];
  if (!named.some((one) => sameSerial(active.serialNumber, one))) return undefined;
  return isRevoked(plans, steps) ? 'out of use' : 'still in use';
}
