/** The scenarios of onboarding. */

import { adminClientWorkflowId } from '../../domain/names.ts';
import type { OnboardingRequest, OnboardingResult } from '../../domain/onboarding.ts';
import { register, requestFor } from '../onboarding.ts';
import { driveOnboarding } from './drive.ts';
import { expectedOf, tokenForPlatform } from './evidence.ts';
import type { Evidence, Expected } from './evidence.ts';
import { onboarded, repeated, usable } from './onboarded.ts';
import { faultPace } from './pace.ts';
import { rejected } from './rejected.ts';
import { judgeAll } from './scenario.ts';
import type { Broken, Play, Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'onboarding',
    async prepare(stage) {
      const subject = registered(stage);
      return play(stage, subject, 'approve', async (evidence) => [
        ...(await judgeOnboarded(stage, evidence)),
        ...(await judgeRepetition(stage, subject)),
      ]);
    },
  },
  {
    name: 'rejected-onboarding',
    async prepare(stage) {
      return play(stage, registered(stage), 'reject', async (evidence) => judgeAll(rejected, evidence));
    },
  },
  {
    /** What the rejected run disabled is used again, and not made anew. */
    name: 'onboarding-after-rejection',
    async prepare(stage) {
      const subject = registered(stage);
      await driveOnboarding(stage, subject.request, 'reject');
      return play(stage, subject, 'approve', (evidence) => judgeOnboarded(stage, evidence));
    },
  },
];

type Subject = { readonly request: OnboardingRequest; readonly expected: Expected };

/** An admin client that Digdir has made, with nothing of it in Google yet. */
function registered(stage: Stage): Subject {
  const request = requestFor(stage, stage.issued, { pace: faultPace });
  register(stage.cloud, request);
  return { request, expected: expectedOf(stage, request) };
}

function play(
  stage: Stage,
  { request, expected }: Subject,
  verdict: 'approve' | 'reject',
  judge: (evidence: Evidence) => Promise<readonly Broken[]>,
): Play {
  let result: OnboardingResult | undefined;
  return {
    workflowId: adminClientWorkflowId(request),
    async drive() {
      result = await driveOnboarding(stage, request, verdict);
    },
    async judge({ overlapping }) {
      if (!result) throw new Error('The run has not been driven to its end.');
      return judge({ world: stage.cloud.google.inspect(), expected, result, overlapping });
    },
  };
}

async function judgeOnboarded(stage: Stage, evidence: Evidence): Promise<Broken[]> {
  const token = await tokenForPlatform(stage, evidence.result);
  return [...judgeAll(onboarded, evidence), ...judgeAll(usable, { token, scopes: evidence.expected.scopes })];
}

async function judgeRepetition(stage: Stage, { request }: Subject): Promise<Broken[]> {
  const before = stage.cloud.google.inspect();
  const { outcome } = await driveOnboarding(stage, request, 'approve');
  return judgeAll(repeated, { before, after: stage.cloud.google.inspect(), outcome });
}
