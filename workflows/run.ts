/** The state of one run: what it was asked, how far it is, what it waits for, and what was decided. */

import { CancellationScope, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Certificate } from '../domain/certificate.ts';
import type { Finding } from '../domain/failures.ts';
import type { RunOutcome, OnboardingRequest, Resources, StepRecord } from '../domain/onboarding.ts';
import type { DigestedPlan, PhaseName, Step } from '../domain/plan.ts';
import type { RotationRequest } from '../domain/rotation.ts';
import { describeRun } from './details.ts';
import { noGates } from './gate-state.ts';
import type { GateState } from './gate-state.ts';
import type { RunStatus, WrappedKeySubmission } from './messages.ts';
import type { Withdrawal } from './read-messages.ts';

export type Run = GateState & {
  /** As it was asked for. */
  readonly asked: OnboardingRequest | RotationRequest;
  /** As the phases work with it: a rotation adds what it replaces, and custody the crypto key that it chose. */
  request: OnboardingRequest;
  /** Everything that a withdrawal ends early runs in here. */
  readonly scope: CancellationScope;
  phase: PhaseName | 'ended';
  plans: DigestedPlan[];
  certificate?: Certificate;
  resources?: Resources;
  steps: StepRecord[];
  notices: readonly Finding[];
  submission?: WrappedKeySubmission | undefined;
  /** The new chain that was handed in and found right, as PEM. */
  certificateChain?: string;
  withdrawn?: Withdrawal;
  /** Who wanted it withdrawn when it was too late, and when (milliseconds since 1970): they may cancel it instead. */
  tooLate?: Withdrawal & { readonly at: number };
  /** The active document is being written: too late to withdraw. */
  committed?: boolean;
  /** Name of the document that this run made active. */
  activated?: string;
  /** Who goes back, and why. */
  rollBack?: Withdrawal | undefined;
  /** What a roll-back leaves off, while there is a way back. */
  forward?: CancellationScope | undefined;
  outcome?: RunOutcome;
};

export function createRun(request: OnboardingRequest, asked: OnboardingRequest | RotationRequest = request): Run {
  const run: Run = {
    ...noGates(() => show(run)),
    asked,
    request,
    scope: new CancellationScope(),
    phase: 'custody',
    plans: [],
    steps: [],
    notices: [],
  };
  return run;
}

/** A person or time ended the run. Thrown through the phases, and caught once. */
export class Ended extends Error {
  readonly outcome: 'rejected' | 'expired' | 'withdrawn';
  constructor(outcome: Ended['outcome'], reason: string) {
    super(reason);
    this.outcome = outcome;
  }
}

export const now = (): string => new Date().toISOString();

/** Shows the state to whoever looks at the run in the Temporal UI. */
export function show(run: Run): void {
  setCurrentDetails(describeRun(statusOf(run)));
}

export function enterPhase(run: Run, phase: PhaseName | 'ended'): void {
  run.phase = phase;
  show(run);
}

export function showPlan(run: Run, planned: DigestedPlan): void {
  const { plan, digest } = planned;
  run.plans = [...run.plans.filter((other) => other.plan.phase !== plan.phase), { plan, digest }];
  show(run);
}

/** Carries out one step of a plan, and keeps when it began and how it ended. */
export async function carryOut<T>(run: Run, step: Step, work: () => Promise<T>): Promise<T> {
  const { kind, resource, change } = step;
  const phase = run.phase === 'ended' ? 'activation' : run.phase;
  const begun: Omit<StepRecord, keyof StepProgress> = { phase, kind, resource, change, startedAt: now() };
  return await keepingStep(run.steps, begun, () => show(run), work);
}

/** The step that ended last was carried out, and brought a refusal. */
export function noteRefusal(run: Run, refusal: string): void {
  const last = run.steps.pop();
  if (last) run.steps.push({ ...last, state: 'failed', refusal });
  show(run);
}

type StepProgress = Pick<StepRecord, 'state' | 'endedAt'>;

/** Does the work of a step while its record in `steps` says how far it is; `shown` is called when that changes. */
export async function keepingStep<Begun, T>(
  steps: (Begun & StepProgress)[],
  begun: Begun,
  shown: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const index = steps.push({ ...begun, state: 'running' }) - 1;
  shown();
  try {
    const result = await work();
    steps[index] = { ...begun, state: 'done', endedAt: now() };
    return result;
  } catch (error) {
    steps[index] = { ...begun, state: 'failed', endedAt: now() };
    throw error;
  } finally {
    shown();
  }
}

export function statusOf(run: Run): RunStatus {
  const { chain: _chain, ...request } = run.asked;
  return {
    workflowId: workflowInfo().workflowId,
    request,
    phase: run.phase,
    plans: run.plans,
    steps: run.steps,
    decisions: run.decisions,
    notices: run.notices,
    ...(run.certificate ? { certificate: run.certificate } : {}),
    ...(run.request.client.kid ? { kid: run.request.client.kid } : {}),
    ...(activeIn(run) ? { active: activeIn(run) } : {}),
    ...(run.resources ? { resources: run.resources } : {}),
    ...(run.awaiting ? { awaiting: run.awaiting } : {}),
    ...(run.outcome ? { outcome: run.outcome } : {}),
  };
}

/** What a rotation replaces, until it made another certificate active and nobody went back. */
function activeIn({ request, activated, rollBack, certificate }: Run): Certificate | undefined {
  return activated && !rollBack ? certificate : request.replaces?.certificate;
}
