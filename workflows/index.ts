/** The durable processes. */

export { onboarding } from './onboarding.ts';
export { previewOnboarding, previewRotation } from './preview.ts';
export { previewClient, provisioning } from './provisioning.ts';
export { rotateCertificate } from './rotation.ts';
export { surveyClients } from './survey.ts';
