/** The durable processes. */

export { onboarding } from './onboarding.ts';
export { previewOnboarding } from './preview.ts';
export { previewClient, provisioning } from './provisioning.ts';
export { surveyClients } from './survey.ts';
