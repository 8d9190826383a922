/** Phase custody: the key into KMS, chain and client id into Secret Manager, rights given, possession proven. */

import type { WrappedKey } from '../activities/import-key.ts';
import type { CustodyPlan } from '../activities/plan-custody.ts';
import type { CertificateChain } from '../domain/certificate.ts';
import { failureOf } from '../domain/failures.ts';
import type { OnboardingRequest, Resources } from '../domain/onboarding.ts';
import type { CustodyStep } from '../domain/plan.ts';
import { importer, operator, provisioner } from './activities.ts';
import { passGate } from './gate.ts';
import { carryOut, enterPhase, show, showPlan } from './run.ts';
import type { Run } from './run.ts';
import { awaitSubmission } from './submission.ts';

export type Custody = {
  readonly chain: CertificateChain;
  readonly before: readonly string[];
  readonly resources: Resources;
  /** Whether this run had to change anything. */
  readonly changed: boolean;
};

/** `plannedAs` tells the caller the plan, which it needs for tidying up when a later beat throws. */
export async function custody(run: Run, plannedAs: (plan: CustodyPlan) => void): Promise<Custody> {
  enterPhase(run, 'custody');
  // observe, plan
  const plan = await approvedPlan(run, plannedAs);
  const { chain, before } = plan;
  if (plan.plan.steps.length === 0 && plan.resources) {
    run.resources = plan.resources;
    return { chain, before, resources: plan.resources, changed: false };
  }
  // apply
  for (const step of plan.plan.steps) await carryOut(run, step, () => apply(run, step, chain));
  // verify
  const { request } = run;
  const prove = operator(request.pace, 'Sign a probe, and verify it with the certificate');
  const { resources, strays } = await prove.proveCustody(request, chain, before);
  if (strays.length > 0) {
    await provisioner(request.pace, 'Disable doubles that nothing uses').disableVersions(request, strays);
  }
  run.resources = resources;
  show(run);
  return { chain, before, resources, changed: true };
}

/** The plan, approved where the policy asks; made and shown again when the world changed while people thought about it. */
async function approvedPlan(run: Run, plannedAs: (plan: CustodyPlan) => void): Promise<CustodyPlan> {
  let plan = await makePlan(run);
  for (;;) {
    plannedAs(plan);
    run.request = asPlanned(run.request, plan);
    run.certificate = plan.chain.leaf;
    run.notices = plan.notices;
    showPlan(run, plan);
    const decisions = await passGate(run, plan);
    if (decisions.length === 0) return plan;
    const later = await makePlan(run);
    if (later.digest === plan.digest) return later;
    plan = later;
  }
}

/** The request as the phases go on with it. */
export const asPlanned = (request: OnboardingRequest, { cryptoKey, kid }: CustodyPlan): OnboardingRequest => ({
  ...request,
  client: { ...request.client, ...(cryptoKey ? { cryptoKey } : {}), ...(kid ? { kid } : {}) },
});

async function makePlan(run: Run): Promise<CustodyPlan> {
  const { request } = run;
  const { pace } = request;
  const reports = await Promise.all([
    provisioner(pace, 'What may the provisioner do?').askProvisionerPermissions(request),
    importer(pace, 'What may the importer do?').askImporterPermissions(request),
    operator(pace, 'What may the operator do?').askOperatorPermissions(request),
  ]);
  return operator(pace, 'Check the certificate, see what exists, and plan custody').planCustody(request, reports);
}

async function apply(run: Run, step: CustodyStep, chain: CertificateChain): Promise<void> {
  const { request } = run;
  const provision = provisioner(request.pace, step.change);
  switch (step.kind) {
    case 'create-key-ring':
      return provision.createKeyRing(request, step);
    case 'create-crypto-key':
      return provision.createCryptoKey(request, step);
    case 'import-key':
      return importSubmittedKey(run, step, chain);
    case 'enable-key-version':
      return provision.enableKeyVersion(request, step);
    case 'create-secret':
      return provision.createSecret(request, step);
    case 'grant':
      return provision.grant(request, step);
    case 'add-secret-version':
      await operator(request.pace, step.change).addSecretVersion(request, step, chain);
  }
}

/** Asks for the wrapped key until KMS has taken it: a failed import or an expired job leads back here, with the reason. */
async function importSubmittedKey(
  run: Run,
  step: Extract<CustodyStep, { kind: 'import-key' }>,
  chain: CertificateChain,
): Promise<void> {
  const { request } = run;
  const { pace } = request;
  const deadline = Date.now() + pace.submission * 1000;
  let refusal: string | undefined;
  for (;;) {
    const job = await importer(pace, 'Have an import job ready').ensureImportJob(request, chain);
    const submission = await awaitSubmission(run, job, refusal, deadline);
    if (!submission) {
      refusal = failureOf('IMPORT_JOB_EXPIRED').title;
      continue;
    }
    const { importJob, wrappedKey } = submission;
    const submitted: WrappedKey = { importJob, wrappedKey, algorithm: step.algorithm };
    const imported = await importer(pace, 'Import the wrapped key').importKey(request, chain, submitted);
    if (imported.outcome === 'imported') return;
    if (imported.foreign) {
      await provisioner(pace, 'Disable a key that is not the certificate’s').disableVersions(request, [
        imported.foreign,
      ]);
    }
    refusal = `${failureOf(imported.code).title}: ${imported.reason}`;
  }
}
