/**
 * Rotation of one admin client's certificate: the phases of onboarding for the new certificate while the old one works
 * on, then a soak in which one command goes back, and retirement of the old key version.
 */

import { ActivityFailure } from '@temporalio/workflow';
import type { ObservedActive } from '../domain/active-document.ts';
import { hasCertificate } from '../domain/rotation.ts';
import type { RotationRequest, RotationResult } from '../domain/rotation.ts';
import { operator } from './activities.ts';
import { activation } from './activation.ts';
import type { Activation } from './activation.ts';
import { awaitCertificate, handleCertificates } from './certificate.ts';
import { custody } from './custody.ts';
import type { Custody } from './custody.ts';
import { readRotationInput } from './input.ts';
import { registration } from './registration.ts';
import type { Registration } from './registration.ts';
import { retirement } from './retirement.ts';
import { goBack, handleRollBack } from './roll-back.ts';
import { reasonIn } from './refusals.ts';
import { revocation, revocationIn } from './revocation.ts';
import { createRun, enterPhase } from './run.ts';
import type { Run } from './run.ts';
import { checkWorkflowId, resultOf, runToEnd } from './run-to-end.ts';

export async function rotateCertificate(input: RotationRequest): Promise<RotationResult> {
  const { request, rotation } = readRotationInput(input);
  const run = createRun(request, { ...request, rotation });
  handleCertificates(run);
  handleRollBack(run);
  return await runToEnd(run, async (plannedAs) => {
    const prepare = operator(run.request.pace, 'Check the input, and see which certificate is active');
    const prepared = await prepare.prepareRotation(input);
    checkWorkflowId(run);
    run.request = prepared.request;
    if (rotation.compromised) await revocation(run, rotation.compromised);
    if (!hasCertificate(run.request)) {
      if (rotation.compromised && !run.request.replaces?.compromised) return revoked(run);
      const chain = await awaitCertificate(run);
      run.request = (await prepare.prepareRotation({ ...input, chain })).request;
    }
    const held = await custody(run, plannedAs);
    const proven = await registration(run, held);
    const live = await activated(run, held, proven);
    if (!live) return rolledBack(run, await goBack(run, held, prepared.former, rotation));
    const retired = await retirement(run, held, rotation);
    if (typeof retired === 'object') return rolledBack(run, retired);
    const isRevoked = revocationIn(run) !== undefined;
    const changed = isRevoked || held.changed || proven !== undefined || live.changed || retired === 'retired';
    return rotated(run, held, live, changed);
  });
}

/** A key that is not the active one was taken out of use, and there is nothing to rotate. */
function revoked(run: Run): RotationResult {
  const done = run.steps.length > 0;
  run.outcome = done ? 'rotated' : 'unchanged';
  enterPhase(run, 'ended');
  const reason = done
    ? 'The compromised key is out of use; the active certificate is another one.'
    : 'It was out of use.';
  return resultOf(run, run.outcome, reason);
}

/** Nothing when no token could be had by the new document, so that the way leads back: never to a compromised key. */
async function activated(run: Run, held: Custody, proven: Registration | undefined): Promise<Activation | undefined> {
  try {
    return await activation(run, held, proven);
  } catch (error) {
    const isWayBack = run.activated !== undefined && !run.request.replaces?.compromised;
    if (!isWayBack || !(error instanceof ActivityFailure)) throw error;
    const reason = `No token could be had by the new document: ${reasonIn(error)}`;
    run.rollBack = { by: 'the run itself', reason };
    return undefined;
  }
}

function rolledBack(run: Run, active: ObservedActive): RotationResult {
  const { by, reason } = run.rollBack ?? { by: 'nobody', reason: 'unknown' };
  run.outcome = 'rolled-back';
  enterPhase(run, 'ended');
  return { ...resultOf(run, run.outcome, `Rolled back by ${by}: ${reason}`), active };
}

function rotated(run: Run, { resources }: Custody, live: Activation, changed: boolean): RotationResult {
  const { active, handover, grantedScopes } = live;
  run.outcome = changed ? 'rotated' : 'unchanged';
  enterPhase(run, 'ended');
  const reason = changed
    ? 'The new certificate is in use, and no old key version is.'
    : 'Everything was as it should be.';
  return { ...resultOf(run, run.outcome, reason), resources, active, handover, grantedScopes };
}
