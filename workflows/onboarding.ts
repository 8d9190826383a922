/**
 * Onboarding of one admin client: custody, registration, activation. Each phase observes, plans, lets people approve,
 * applies and verifies, so that running it again is always safe.
 */

import type { CustodyPlan } from '../activities/plan-custody.ts';
import type { OnboardingRequest, OnboardingResult } from '../domain/onboarding.ts';
import { operator } from './activities.ts';
import { activation } from './activation.ts';
import { custody } from './custody.ts';
import { readInput } from './input.ts';
import { registration } from './registration.ts';
import { createRun, enterPhase } from './run.ts';
import type { Run } from './run.ts';
import { checkWorkflowId, resultOf, runToEnd } from './run-to-end.ts';

export async function onboarding(input: OnboardingRequest): Promise<OnboardingResult> {
  const run = createRun(readInput(input));
  return await runToEnd(run, async (plannedAs) => {
    await checkInput(input, run);
    return onboard(run, plannedAs);
  });
}

/** Malformed: the activity that reads it strictly tells everything that is wrong, and fails. */
async function checkInput(input: OnboardingRequest, run: Run): Promise<void> {
  if (input !== run.asked) await operator(run.request.pace, 'Check the input').askOperatorPermissions(input);
  checkWorkflowId(run);
}

async function onboard(run: Run, plannedAs: (plan: CustodyPlan) => void): Promise<OnboardingResult> {
  const held = await custody(run, plannedAs);
  const proven = await registration(run, held);
  const { active, handover, grantedScopes, changed } = await activation(run, held, proven);
  const unchanged = !held.changed && !proven && !changed;
  run.outcome = unchanged ? 'unchanged' : 'onboarded';
  enterPhase(run, 'ended');
  return {
    ...resultOf(run, run.outcome, unchanged ? 'Everything was as it should be.' : 'Digdir accepts the assertion.'),
    resources: held.resources,
    active,
    handover,
    grantedScopes,
  };
}
