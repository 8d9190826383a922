/** Phase activation: one document switches key, chain, client id and assertion style together; the live path is proven. */

import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import type { Handover } from '../activities/activation.ts';
import type { ActiveDocument, ObservedActive } from '../domain/active-document.ts';
import { operator } from './activities.ts';
import type { Custody } from './custody.ts';
import { passGate } from './gate.ts';
import type { Registration } from './registration.ts';
import { carryOut, enterPhase, now, showPlan } from './run.ts';
import type { Run } from './run.ts';

export type Activation = {
  readonly active: ObservedActive;
  readonly handover: Handover;
  readonly grantedScopes: readonly string[];
  readonly changed: boolean;
};

export async function activation(
  run: Run,
  { chain, resources }: Custody,
  proven: Registration | undefined,
): Promise<Activation> {
  enterPhase(run, 'activation');
  const { request } = run;
  const { pace } = request;
  // observe, plan
  const plan = await operator(pace, 'Plan the activation').planActivation(request, chain, resources);
  showPlan(run, plan);
  const [step] = plan.plan.steps;
  if (plan.active && (!step || !proven)) {
    const describe = operator(pace, 'Describe what is active');
    const handover = await describe.describeActive(request, chain, plan.active.version);
    return { active: plan.active, handover, grantedScopes: plan.active.document.scopes, changed: false };
  }
  if (!step || !proven) throw new TypeError('An activation without a proof');
  // approve
  await passGate(run, plan);
  return committed(run, async () => {
    // apply
    const document = documentOf(run, resources, proven);
    const active = await carryOut(run, step, () => operator(pace, step.change).writeActiveDocument(request, document));
    run.activated = active.version;
    // verify
    // Nobody should have to wait for the way back from a rotation. To a compromised key there is none.
    const isWayBack = request.replaces !== undefined && !request.replaces.compromised;
    const soon = isWayBack ? { ...pace, patience: Math.min(pace.patience, pace.propagation) } : pace;
    const prove = operator(soon, 'Take a token by the active document');
    const { grantedScopes, handover } = await prove.proveActivation(request, chain, active.version);
    return { active, handover, grantedScopes, changed: true };
  });
}

/** Readers follow the document from the moment it is written, so from here on nothing that it names is taken away. */
function committed<T>(run: Run, work: () => Promise<T>): Promise<T> {
  if (run.scope.consideredCancelled) throw new CancelledFailure('Withdrawn before the active document was written');
  run.committed = true;
  return CancellationScope.nonCancellable(work);
}

function documentOf(run: Run, resources: Custody['resources'], { assertion }: Registration): ActiveDocument {
  const { client } = run.request;
  const overtaken = assertion.style === 'kid' && run.asked.client.kid !== assertion.kid;
  const foreseen = overtaken ? run.asked.client.kid : undefined;
  const { fingerprint = '', serialNumber = '', notAfter = '' } = run.certificate ?? {};
  return {
    ...resources,
    clientId: client.clientId,
    assertion,
    ...(foreseen === undefined ? {} : { foreseenKid: foreseen }),
    scopes: client.scopes,
    certificate: { fingerprint, serialNumber, notAfter },
    activatedAt: now(),
    approvals: run.decisions
      .filter(({ outcome }) => outcome === 'counted')
      .map(({ gate, decidedBy, at, digest }) => ({ gate, by: decidedBy, at, digest })),
  };
}
