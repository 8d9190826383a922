/** Defects in how one certificate takes the place of another. */

import type { OperatorActivities } from '../../activities/index.ts';
import type { RetirementPlan } from '../../activities/retirement.ts';
import { sameResource } from '../../domain/names.ts';
import type { WorkerSettings } from '../../worker/settings.ts';
import { withServices } from './defect.ts';
import type { Defect, Inputs } from './defect.ts';

export const rotationDefects = {
  /** The certificate goes into use on trust. */
  'activated-before-proof': {
    activity: 'verifyAssertion',
    instead: async () => ({ outcome: 'verified', grantedScopes: [] }),
  },
  /** The old key version goes while readers still use the old document: there is no way back. */
  'old-key-disabled-at-activation': {
    activity: 'writeActiveDocument',
    async instead(inputs, usual, settings) {
      const active = await usual();
      await disableFormer(inputs, settings);
      return active;
    },
  },
  /** For a moment, the active document names what is out of use. */
  'old-key-disabled-before-activation': {
    activity: 'writeActiveDocument',
    async instead(inputs, usual, settings) {
      await disableFormer(inputs, settings);
      return await usual();
    },
  },
  /** Nobody looks whether the new certificate still works before the old key version goes. */
  'retired-without-proof': {
    activity: 'planRetirement',
    async instead(_inputs, usual) {
      const planned = (await usual()) as RetirementPlan;
      const steps = planned.plan.steps.filter(({ kind }) => kind !== 'verify-active');
      return { ...planned, plan: { ...planned.plan, steps } };
    },
  },
  /** The new key version stays enabled, though it was rolled back. */
  'new-key-kept': { activity: 'disableVersions', instead: async () => {} },
  /** KMS may sign for hours with a version that is disabled, for whoever has the right. */
  'disabled-before-rights': {
    activity: 'revokeRights',
    async instead(inputs, usual, settings) {
      await setFormer(inputs, settings, 'DISABLED');
      return await usual();
    },
  },
  /** For a moment, which retirement ends, the compromised key can be used. */
  'compromised-key-enabled': {
    activity: 'writeActiveDocument',
    async instead(inputs, usual, settings) {
      await setFormer(inputs, settings, 'ENABLED');
      return await usual();
    },
  },
} satisfies Record<string, Defect>;

async function disableFormer(inputs: Inputs, settings: WorkerSettings): Promise<void> {
  const [request, { keyVersion }] = inputs as Parameters<OperatorActivities['writeActiveDocument']>;
  const former = request.replaces?.keyVersion;
  if (former && !sameResource(former, keyVersion)) await setFormer(inputs, settings, 'DISABLED');
}

/** Every activity of a rotation has its request first. */
async function setFormer(inputs: Inputs, settings: WorkerSettings, state: 'ENABLED' | 'DISABLED'): Promise<void> {
  const [request] = inputs as Parameters<OperatorActivities['writeActiveDocument']>;
  const former = request.replaces?.keyVersion ?? '';
  await withServices(settings, 'provisioner', ({ kms }) => kms.setState(former, state, { timeout: 2_000 }));
}
