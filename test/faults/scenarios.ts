/** The scenarios: a later workflow adds its own here. */

import { adminClientWorkflowId } from '../../domain/names.ts';
import type { OnboardingRequest, OnboardingResult } from '../../domain/onboarding.ts';
import { register, requestFor } from '../onboarding.ts';
import { driveOnboarding } from './drive.ts';
import { expectedOf, tokenForPlatform } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { onboarded, repeated, usable } from './onboarded.ts';
import { faultPace } from './pace.ts';
import { rejected } from './rejected.ts';
import { judgeAll } from './scenario.ts';
import type { Broken, Circumstances, Play, Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'onboarding',
    prepare: (stage) =>
      playOnboarding(stage, 'approve', async (request, evidence) => [
        ...(await judgeOnboarded(stage, evidence)),
        ...(await judgeRepetition(stage, request)),
      ]),
  },
  {
    name: 'rejected-onboarding',
    /** Afterwards the same onboarding is approved: what was disabled is used again, and not made anew. */
    prepare: (stage) =>
      playOnboarding(stage, 'reject', async (request, evidence) => {
        const broken = judgeAll(rejected, evidence);
        const result = await driveOnboarding(stage, request, 'approve');
        const later = { ...evidence, result, world: stage.cloud.google.inspect() };
        return [...broken, ...(await judgeOnboarded(stage, later))];
      }),
  },
];

type Judge = (request: OnboardingRequest, evidence: Evidence) => Promise<readonly Broken[]>;

async function playOnboarding(stage: Stage, verdict: 'approve' | 'reject', judge: Judge): Promise<Play> {
  const request = requestFor(stage, stage.issued, { pace: faultPace });
  register(stage.cloud, request);
  const expected = expectedOf(stage, request);
  let result: OnboardingResult | undefined;
  return {
    workflowId: adminClientWorkflowId(request),
    async drive() {
      result = await driveOnboarding(stage, request, verdict);
    },
    async judge({ overlapping }: Circumstances) {
      if (!result) throw new Error('The run has not been driven to its end.');
      return judge(request, { world: stage.cloud.google.inspect(), expected, result, overlapping });
    },
  };
}

async function judgeOnboarded(stage: Stage, evidence: Evidence): Promise<Broken[]> {
  const token = await tokenForPlatform(stage, evidence.result);
  return [...judgeAll(onboarded, evidence), ...judgeAll(usable, { token, scopes: evidence.expected.scopes })];
}

async function judgeRepetition(stage: Stage, request: OnboardingRequest): Promise<Broken[]> {
  const before = stage.cloud.google.inspect();
  const { outcome } = await driveOnboarding(stage, request, 'approve');
  return judgeAll(repeated, { before, after: stage.cloud.google.inspect(), outcome });
}
