/** Onboarding: its input, its start and its result. Whoever starts it, command or activity, does it from here. */

import type { PhasePolicy, RecordedDecision } from './approval.ts';
import type { Certificate } from './certificate.ts';
import type { Finding } from './failures.ts';
import type { ActiveDocument, Assertion } from './active-document.ts';
import { adminClientWorkflowId } from './names.ts';
import type { DigestedPlan, PhaseName } from './plan.ts';
import type { AdminClient, ClientKind, ExistingResources, GooglePlace } from './tenant.ts';
import type { Environment } from './environments.ts';

export type OnboardingRequest = {
  readonly tenant: string;
  readonly environment: Environment;
  readonly organisation: string;
  readonly google: GooglePlace;
  /** The principal that the platform signs and reads with. */
  readonly platform: string;
  readonly kind: ClientKind;
  readonly client: AdminClient;
  readonly approval: PhasePolicy;
  /** The certificate chain as PEM, leaf first or not; absent when it is read from an adopted secret version. */
  readonly chain?: string;
  /** What exists and is adopted instead of made; empty when nothing is. */
  readonly existing: ExistingResources;
  /** What a rotation takes the place of; nothing in an onboarding. */
  readonly replaces?: Replaced;
  readonly requestedBy: string;
  readonly pace: Pace;
};

/** The certificate that is active, and what becomes of its key version once another one is. */
export type Replaced = {
  readonly certificate: Certificate;
  /** Name of the key version that signs with it. */
  readonly keyVersion: string;
  readonly clientId: string;
  readonly assertion: Assertion;
  readonly retire: Retirement;
  /** Somebody else may have the key: its rights went first, and the next certificate may be an older one. */
  readonly compromised: boolean;
  /** The certificate that it came back in the place of, when it was brought back by a roll-back. */
  readonly rolledBack?: { readonly fingerprint: string; readonly by: string; readonly at: string };
};

/** Disabled, which can be taken back at any time; or destroyed as well, which can be taken back for thirty days. */
export type Retirement = 'disable' | 'destroy';

/** How long things may take. Inputs, so that a test never waits for a day. */
export type Pace = {
  /** Milliseconds that one attempt of an activity may take; outbound calls end before. */
  readonly attempt: number;
  /** Milliseconds between signs of life of an activity, at most. */
  readonly heartbeat: number;
  /** Milliseconds before the second attempt; doubles up to a minute. */
  readonly retry: number;
  /** Seconds during which a refusal that may be propagation at Digdir, or in IAM, is tried again. */
  readonly propagation: number;
  /** Seconds after which an activity that keeps failing for passing reasons is given up. */
  readonly patience: number;
  /** Seconds to wait for the wrapped key. */
  readonly submission: number;
};

/** No time that anybody states is longer: ten years in seconds (and some days in milliseconds). */
export const longestWait = 315_360_000;

export const defaultPace: Pace = {
  attempt: 60_000,
  heartbeat: 15_000,
  retry: 1_000,
  propagation: 900,
  patience: 86_400,
  submission: 14 * 86_400,
};

/** Which versions of which resources make up an admin client's credentials; full names as Google gave them. */
export type Resources = {
  readonly keyVersion: string;
  readonly chainVersion: string;
  readonly clientIdVersion: string;
};

export type StepRecord = {
  readonly phase: PhaseName;
  readonly kind: string;
  readonly resource: string;
  readonly change: string;
  readonly state: 'running' | 'done' | 'failed';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** What was answered instead, where the run goes on in another way. */
  readonly refusal?: string;
};

/** How a run for an admin client ends: an onboarding with the first, a rotation with the second or third, both with others. */
export type RunOutcome = 'onboarded' | 'rotated' | 'rolled-back' | 'unchanged' | 'rejected' | 'expired' | 'withdrawn';

export type OnboardingResult = {
  readonly outcome: RunOutcome;
  /** Why it ended so, in one sentence. */
  readonly reason: string;
  readonly tenant: string;
  readonly environment: Environment;
  readonly kind: ClientKind;
  readonly certificate?: Certificate;
  readonly resources?: Resources;
  readonly active?: { readonly version: string; readonly document: ActiveDocument };
  readonly grantedScopes: readonly string[];
  /** The YAML of the onboarding page, and the equal settings of digdirator. */
  readonly handover?: { readonly yaml: string; readonly digdirator: string };
  readonly decisions: readonly RecordedDecision[];
  readonly notices: readonly Finding[];
  readonly steps: readonly StepRecord[];
  /** What was disabled because the run ended without using it, and what was left. */
  readonly tidied: readonly string[];
};

/** The plans of all three phases, as far as they can be known beforehand; none has steps when there is nothing to do. */
export type Preview = { readonly plans: readonly DigestedPlan[]; readonly notices: readonly Finding[] };

export const onboardingType = 'onboarding';
export const previewType = 'previewOnboarding';

/** How an onboarding is started: a second one under the id fails, and the caller then looks at what runs. */
export function onboardingStart(request: OnboardingRequest) {
  return {
    workflowType: onboardingType,
    workflowId: adminClientWorkflowId(request),
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Onboard the ${request.kind} admin client of ${request.tenant} (${request.environment})`,
    staticDetails: [
      `Puts the private key of the business certificate of organisation ${request.organisation} into Cloud KMS, its chain and the client id`,
      `\`${request.client.clientId}\` into Secret Manager, and proves that Digdir accepts an assertion signed with it.`,
    ].join('\n'),
  } as const;
}

/** A preview changes nothing, so any number may run: `suffix` keeps their ids apart. */
export function previewStart(request: OnboardingRequest, suffix: string) {
  return {
    workflowType: previewType,
    workflowId: `${previewIdStem(request)}${suffix}`,
    workflowIdConflictPolicy: 'FAIL',
    args: [request],
    staticSummary: `Plan the onboarding of the ${request.kind} admin client of ${request.tenant} (${request.environment})`,
  } as const;
}

export const previewIdStem = (request: OnboardingRequest): string => `preview:${adminClientWorkflowId(request)}:`;
