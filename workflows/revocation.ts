/** Phase revocation, of a compromised key alone. Nobody is waited for: every minute counts, and all of it is on record. */

import type { RevocationStep } from '../domain/plan.ts';
import type { RevocationRecord } from '../domain/revocation.ts';
import { compromisedSerial } from '../domain/rotation.ts';
import { operator, provisioner } from './activities.ts';
import { carryOut, enterPhase, showPlan } from './run.ts';
import type { Run } from './run.ts';

/** Takes the key of the certificate with this serial number out of use. */
export async function revocation(run: Run, serialNumber: string): Promise<void> {
  enterPhase(run, 'revocation');
  const { request } = run;
  // observe, plan
  const see = operator(request.pace, 'See what the compromised key can still be used for');
  const plan = await see.planRevocation(request, serialNumber);
  showPlan(run, plan);
  // apply
  for (const step of plan.plan.steps) await carryOut(run, step, () => apply(run, step));
}

/** What the run took out of use, or began to; nothing when there was nothing to take. */
export function revocationIn({ asked, steps }: Pick<Run, 'asked' | 'steps'>): RevocationRecord | undefined {
  const own = steps.filter(({ phase }) => phase === 'revocation');
  const [first] = own;
  const serialNumber = compromisedSerial(asked);
  if (!first || serialNumber === undefined) return undefined;
  return { serialNumber, by: asked.requestedBy, at: first.startedAt, steps: own };
}

async function apply({ request }: Run, { kind, change, resource }: RevocationStep): Promise<void> {
  const provision = provisioner(request.pace, change);
  await (kind === 'revoke-rights'
    ? provision.revokeRights(request, resource)
    : provision.disableForGood(request, resource));
}
