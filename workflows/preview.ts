/** The plans of an onboarding, without carrying any out. */

import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { previewIdStem } from '../domain/onboarding.ts';
import type { OnboardingRequest, Preview } from '../domain/onboarding.ts';
import { importer, operator, provisioner } from './activities.ts';
import { readInput } from './input.ts';

/** What `digdir onboard --plan` shows. Empty plans mean that there is nothing to do. */
export async function previewOnboarding(input: OnboardingRequest): Promise<Preview> {
  const { pace } = readInput(input);
  const reports = await Promise.all([
    provisioner(pace, 'What may the provisioner do?').askProvisionerPermissions(input),
    importer(pace, 'What may the importer do?').askImporterPermissions(input),
    operator(pace, 'What may the operator do?').askOperatorPermissions(input),
  ]);
  if (!workflowInfo().workflowId.startsWith(previewIdStem(input))) {
    const message = `A preview of this input has an id that begins with ${previewIdStem(input)}.`;
    throw ApplicationFailure.nonRetryable(message, 'WORKFLOW_ID_MISMATCH');
  }
  const plan = operator(pace, 'Check the certificate, see what exists, and plan');
  const custody = await plan.planCustody(input, reports);
  const { chain, resources, notices } = custody;
  const registration = await plan.planRegistration(input, chain, resources, { attempt: 1 });
  const activation = await plan.planActivation(input, chain, resources);
  const plans = [custody, registration, activation].map(({ plan: steps, digest }) => ({ plan: steps, digest }));
  return { plans, notices };
}
