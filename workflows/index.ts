/** The durable processes. */

export { listExpiries } from './expiry.ts';
export { readHistory } from './history.ts';
export { onboarding } from './onboarding.ts';
export { previewOnboarding, previewRotation } from './preview.ts';
export { previewClient, provisioning } from './provisioning.ts';
export { rotateCertificate } from './rotation.ts';
export { surveyClients } from './survey.ts';
export { watch } from './watch.ts';
