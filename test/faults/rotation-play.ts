/** How a rotation is played: one run, a witness of every write, the judgement, and a run that finds nothing to do. */

import { adminClientWorkflowId } from '../../domain/names.ts';
import type { OnboardingRequest, OnboardingResult, RunOutcome } from '../../domain/onboarding.ts';
import type { RotationSettings } from '../../domain/rotation.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { rotationOf } from '../rotation.ts';
import { driveRotation } from './drive.ts';
import type { People } from './drive.ts';
import { expectedOf } from './evidence.ts';
import { mostAttempts } from './pending-activity.ts';
import { rotated, rotatedAgain } from './rotated.ts';
import type { RotationEvidence } from './rotated.ts';
import { createRotationWitness, documentsOf, whyBroken } from './rotation-witness.ts';
import type { Gap } from './rotation-witness.ts';
import { judgeAll } from './scenario.ts';
import type { Broken, Play } from './scenario.ts';
import type { Stage } from './stage.ts';

export type Plot = {
  readonly stage: Stage;
  /** Of the admin client, with whatever certificate. */
  readonly request: OnboardingRequest;
  readonly next: IssuedCertificate;
  /** `issued` is the next one's. */
  readonly people: Partial<People>;
  readonly outcome: RunOutcome;
  readonly settings?: Partial<RotationSettings>;
  /** Last part of the name of a crypto key that there is to be beside the first one. */
  readonly cryptoKey?: string;
  /** Why the run ends before the old key is retired, as it tells: the new certificate is active, and both keys are enabled. */
  readonly keeps?: string;
  /** When the former document need not bring a token; absent: it does at all times until another is active. */
  readonly gap?: Gap;
};

/** Documents that a run writes, by its end. */
const written: Partial<Record<RunOutcome, number>> = { rotated: 1, 'rolled-back': 2 };

export async function play(plot: Plot): Promise<Play> {
  const { stage, request, next, people, outcome, keeps } = plot;
  const rotation = rotationOf(request, next, plot.settings);
  const certificate = outcome === 'rotated' || keeps !== undefined ? next : stage.issued;
  const before = new Set(documentsOf(stage).map((document) => JSON.stringify(document))).size;
  const documents = before + (keeps === undefined ? (written[outcome] ?? 0) : 1);
  const witness = await createRotationWitness(stage, rotation.rotation, plot.gap);
  const workflowId = adminClientWorkflowId(request);
  let result: OnboardingResult | undefined;
  return {
    workflowId,
    witness: (call) => witness.see(call),
    async drive() {
      result = await driveRotation(stage, rotation, { issued: next, verdict: 'approve', ...people });
    },
    async judge(circumstances) {
      if (!result) throw new Error('The run has not been driven to its end.');
      // A fault costs one attempt: what took more was given up, and may have gone on.
      const overlapping = circumstances.overlapping || (await mostAttempts(stage, workflowId)) > 2;
      const retired =
        outcome === 'rotated' && rotation.rotation.retire === 'destroy' ? 'DESTROY_SCHEDULED' : 'DISABLED';
      const wanted = { ...expectationsOf(plot), certificate, documents, overlapping };
      const end = { ...wanted, outcome, result, breaches: witness.breaches };
      const broken = await judgeEnd(
        stage,
        keeps === undefined ? { ...end, retired } : { ...end, retired: 'ENABLED', keeps },
      );
      if (witness.looks() === 0) broken.push({ invariant: 'writes are seen', reason: 'there were none' });
      if (keeps !== undefined) {
        const completed = await driveRotation(stage, rotationOf(request, next), { issued: next, verdict: 'approve' });
        const completion = { ...wanted, outcome: 'rotated', result: completed, breaches: new Map(), retired } as const;
        broken.push(...(await judgeEnd(stage, completion)));
      }
      return [...broken, ...(await judgeRepetition(plot, certificate))];
    },
  };
}

async function judgeEnd(stage: Stage, end: Omit<RotationEvidence, 'world' | 'unusable'>): Promise<Broken[]> {
  const active = documentsOf(stage).at(-1);
  const unusable = active ? await whyBroken(stage, active) : 'there is none';
  return judgeAll(rotated, { ...end, world: stage.cloud.google.inspect(), unusable });
}

function expectationsOf({ stage, request, cryptoKey, settings }: Plot) {
  const expected = expectedOf(stage, request);
  if (!cryptoKey) return { expected, cryptoKeys: [expected.cryptoKey] };
  const other = `${expected.keyRing}/cryptoKeys/${cryptoKey}`;
  const rights = expected.bindings[expected.cryptoKey] ?? [];
  const former = settings?.compromised ? [] : rights;
  const bindings = { ...expected.bindings, [expected.cryptoKey]: former, [other]: rights };
  return { expected: { ...expected, bindings }, cryptoKeys: [expected.cryptoKey, other] };
}

async function judgeRepetition({ stage, request, settings }: Plot, active: IssuedCertificate): Promise<Broken[]> {
  const before = stage.cloud.google.inspect();
  const compromised = settings?.compromised;
  const again = rotationOf(request, active, compromised ? { compromised } : {});
  const { outcome } = await driveRotation(stage, again, { issued: active, verdict: 'reject' });
  return judgeAll(rotatedAgain, { before, after: stage.cloud.google.inspect(), outcome });
}
