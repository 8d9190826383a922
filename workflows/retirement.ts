/** Phase retirement: a soak, in which one command goes back; then the old key version is taken out of use. */

import { CancellationScope, condition } from '@temporalio/workflow';
import type { RetirementPlan } from '../activities/retirement.ts';
import type { ObservedActive } from '../domain/active-document.ts';
import type { RetirementStep } from '../domain/plan.ts';
import type { RotationSettings } from '../domain/rotation.ts';
import { operator, provisioner } from './activities.ts';
import type { Custody } from './custody.ts';
import { passGate } from './gate.ts';
import { tryToGoBack } from './roll-back.ts';
import { carryOut, enterPhase, now, show, showPlan } from './run.ts';
import type { Run } from './run.ts';

/** `retired`, `nothing` when there was nothing to retire, or what is active since it was rolled back. */
export async function retirement(
  run: Run,
  held: Custody,
  rotation: RotationSettings,
): Promise<'retired' | 'nothing' | ObservedActive> {
  enterPhase(run, 'retirement');
  let refusal: string | undefined;
  for (;;) {
    // observe, plan
    const plan = await makePlan(run, held);
    // There is no way back to a compromised key, so nothing to wait for.
    const noWayBack = run.request.replaces?.compromised === true;
    if (plan.plan.steps.length === 0 && (noWayBack || !run.activated)) return 'nothing';
    // approve
    const approved = noWayBack
      ? await approvedPlan(run, held)
      : await unlessRolledBack(run, () => soakAndPass(run, held, plan, rotation, refusal));
    if (approved === 'roll-back') {
      const back = await tryToGoBack(run, held, plan.former, rotation);
      if (typeof back === 'object') return back;
      refusal = back;
      continue;
    }
    // verify, apply, verify
    return await CancellationScope.nonCancellable(async () => {
      for (const step of approved.plan.steps) await carryOut(run, step, () => apply(run, held, step, approved));
      return approved.plan.steps.length === 0 ? 'nothing' : 'retired';
    });
  }
}

async function makePlan(run: Run, { chain }: Custody): Promise<RetirementPlan> {
  const plan = await operator(run.request.pace, 'See what is out of use now').planRetirement(run.request, chain);
  showPlan(run, plan);
  return plan;
}

/** The plan as it is approved when the soak is over. */
async function soakAndPass(
  run: Run,
  held: Custody,
  planned: RetirementPlan,
  { soak }: RotationSettings,
  refusal: string | undefined,
): Promise<RetirementPlan> {
  // Readers hear of the document from when it is written, which an outage may put off for as long as the soak.
  const written = run.steps.findLast(({ kind }) => kind === 'write-active-document')?.endedAt;
  const since = written ?? planned.active.document.activatedAt ?? now();
  const until = new Date(Date.parse(since) + soak * 1000).toISOString();
  run.awaiting = { what: 'soak', since, until, ...(refusal ? { refusal } : {}) };
  show(run);
  const left = Date.parse(until) - Date.now();
  if (left > 0) await condition(() => false, left);
  run.awaiting = undefined;
  return await approvedPlan(run, held);
}

/** The plan as it is approved; made again when the world changed while people thought about it. */
async function approvedPlan(run: Run, held: Custody): Promise<RetirementPlan> {
  for (let plan = await makePlan(run, held); ;) {
    const decisions = await passGate(run, plan);
    if (decisions.length === 0) return plan;
    const later = await makePlan(run, held);
    if (later.digest === plan.digest) return later;
    plan = later;
  }
}

/** Does the work unless somebody rolls back meanwhile. */
async function unlessRolledBack<T>(run: Run, work: () => Promise<T>): Promise<T | 'roll-back'> {
  const scope = new CancellationScope();
  run.forward = scope;
  try {
    const done = await scope.run(work);
    return run.rollBack ? 'roll-back' : done;
  } catch (error) {
    if (run.rollBack) return 'roll-back';
    throw error;
  } finally {
    run.forward = undefined;
  }
}

async function apply(run: Run, { chain }: Custody, step: RetirementStep, { active }: RetirementPlan): Promise<void> {
  const { request } = run;
  const { pace } = request;
  switch (step.kind) {
    case 'verify-active':
      await operator(pace, step.change).proveActivation(request, chain, active.version);
      return;
    case 'disable-key-version':
      return provisioner(pace, step.change).disableVersions(request, [step.resource]);
    case 'destroy-key-version':
      return provisioner(pace, step.change).destroyKeyVersion(request, step.resource);
  }
}
