/** The plans of an onboarding or a rotation, without carrying any out. */

import { previewIdStem } from '../domain/onboarding.ts';
import type { OnboardingRequest, Preview } from '../domain/onboarding.ts';
import { hasCertificate, rotationPreviewStem } from '../domain/rotation.ts';
import type { RotationRequest } from '../domain/rotation.ts';
import { importer, operator, provisioner } from './activities.ts';
import { asPlanned } from './custody.ts';
import { readInput, readRotationInput } from './input.ts';
import { requireIdStem } from './workflow-id.ts';

/** What `digdir onboard --plan` shows. Empty plans mean that there is nothing to do. */
export async function previewOnboarding(input: OnboardingRequest): Promise<Preview> {
  const { plans, notices } = await plansOf(input, readInput(input).pace, previewIdStem);
  return { plans: plans.map(({ plan, digest }) => ({ plan, digest })), notices };
}

/** What `digdir rotate-certificate --plan` shows; what retirement does is known once all else is done. */
export async function previewRotation(input: RotationRequest): Promise<Preview> {
  const { pace } = readRotationInput(input).request;
  const prepare = operator(pace, 'Check the input, and see which certificate is active');
  const { request } = await prepare.prepareRotation(input);
  const { compromised } = input.rotation;
  const see = operator(pace, 'See what the compromised key can still be used for');
  const revoked = compromised ? [await see.planRevocation(request, compromised)] : [];
  // What follows is known when there is a certificate.
  const later = compromised !== undefined && !hasCertificate(request);
  const { plans, notices } = later ? nothing : await plansOf(request, pace, rotationPreviewStem);
  return { plans: [...revoked, ...plans].map(({ plan, digest }) => ({ plan, digest })), notices };
}

const nothing = { plans: [], notices: [] };

type IdStem = (request: OnboardingRequest) => string;

/** Nothing is read of the request before an activity has found it well formed. */
async function plansOf(request: OnboardingRequest, pace: OnboardingRequest['pace'], stemOf: IdStem) {
  const reports = await Promise.all([
    provisioner(pace, 'What may the provisioner do?').askProvisionerPermissions(request),
    importer(pace, 'What may the importer do?').askImporterPermissions(request),
    operator(pace, 'What may the operator do?').askOperatorPermissions(request),
  ]);
  requireIdStem(stemOf(request));
  const plan = operator(pace, 'Check the certificate, see what exists, and plan');
  const custody = await plan.planCustody(request, reports);
  const { chain, resources, notices } = custody;
  const planned = asPlanned(request, custody);
  const registration = await plan.planRegistration(planned, chain, resources, { attempt: 1 });
  const activation = await plan.planActivation(planned, chain, resources);
  return { plans: [custody, registration, activation], notices };
}
