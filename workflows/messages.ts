/**
 * What can be said to a running workflow, and asked of it. The definitions take `unknown`: anyone may send anything,
 * and a badly shaped message must not stall a run (it is answered, and kept on record).
 */

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { GateName, RecordedDecision } from '../domain/approval.ts';
import type { Certificate } from '../domain/certificate.ts';
import type { ClientStep } from '../domain/client-step.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import { provisionUpdateName } from '../domain/provisioning.ts';
import type {
  Accepted,
  ClientStepRecord,
  OperationEnd,
  OperationKind,
  ProvisioningPace,
} from '../domain/provisioning.ts';
import type { RunOutcome, OnboardingRequest, Resources, StepRecord } from '../domain/onboarding.ts';
import type { DigestedPlan, PhaseName } from '../domain/plan.ts';

/** A decision about a gate: `Decision` of `domain/approval.ts`. The update's id is the decision's id. */
export const decideUpdate = defineUpdate<DecisionAnswer, [unknown]>('decide');
/** The same, for the Temporal UI and simple scripts; its outcome shows in the details. */
export const decideSignal = defineSignal<[unknown]>('decide');

/** The wrapped key: `WrappedKeySubmission`. */
export const submitKeyUpdate = defineUpdate<SubmissionAnswer, [unknown]>('submitKey');

/** The new certificate, for a rotation that waits for it: `CertificateSubmission`. */
export const submitCertificateUpdate = defineUpdate<SubmissionAnswer, [unknown]>('submitCertificate');

/** Ends the run without going on: `{ by, reason }`. */
export const withdrawUpdate = defineUpdate<WithdrawalAnswer, [unknown]>('withdraw');
export const withdrawSignal = defineSignal<[unknown]>('withdraw');

/** Goes back to the certificate that was active before the rotation: `{ by, reason }`. */
export const rollBackUpdate = defineUpdate<WithdrawalAnswer, [unknown]>('rollBack');
export const rollBackSignal = defineSignal<[unknown]>('rollBack');

/** One more request for a client that is being provisioned: `ProvisioningRequest`. The update's id is the request's id. */
export const provisionUpdate = defineUpdate<Accepted, [unknown]>(provisionUpdateName);

/** All about a run of provisioning as it stands. */
export const clientStatusQuery = defineQuery<ClientRunStatus>('status');

/** All about the run as it stands: `RunStatus`. */
export const statusQuery = defineQuery<RunStatus>('status');

export type DecisionAnswer = {
  readonly outcome: 'counted' | 'refused';
  readonly code?: FailureCode;
  /** One sentence for the person: what became of the decision, and what is awaited now. */
  readonly message: string;
  readonly gate: string;
  readonly decidedBy: string;
  /** ISO 8601, UTC. */
  readonly at: string;
};

/** Ciphertext only: the key is wrapped on the caller's machine for the job's public key, read from KMS by the caller. */
export type WrappedKeySubmission = {
  /** Name of the import job that the key is wrapped for. */
  readonly importJob: string;
  /** Base64. */
  readonly wrappedKey: string;
  readonly submittedBy: string;
};

export type CertificateSubmission = {
  /** PEM, all of it public. */
  readonly chain: string;
  readonly submittedBy: string;
};

export type SubmissionAnswer = {
  readonly outcome: 'accepted' | 'refused';
  readonly code?: FailureCode;
  readonly message: string;
  /** What the message says, one by one. */
  readonly findings?: readonly Finding[];
};

export type WithdrawalAnswer = { readonly outcome: 'accepted' | 'refused'; readonly message: string };

/**
 * What is awaited without further facts. `certificate`: whoever has the new one hands it in. The others await time, not a
 * person: `soak`, in which the new certificate is in use and one command goes back, and `drain`, in which readers go back to
 * the old one.
 */
type PlainWait<What> = {
  readonly what: What;
  readonly since: string;
  readonly until: string;
  readonly refusal?: string;
};

export type Awaiting =
  | {
      readonly what: 'wrapped-key';
      readonly importJob: string;
      readonly importMethod: string;
      readonly since: string;
      readonly until: string;
      /** Why the last submission came to nothing. */
      readonly refusal?: string;
    }
  | PlainWait<'certificate'>
  | PlainWait<'soak'>
  | PlainWait<'drain'>
  | {
      readonly what: 'decision';
      readonly gate: GateName;
      readonly digest: string;
      /** Who may not decide, as it was them who asked. */
      readonly requestedBy: string;
      readonly since: string;
      readonly until: string;
      /** How many more people have to approve. */
      readonly missing: number;
      readonly who: readonly string[];
      readonly identity: 'asserted' | 'verified';
      /** Of the ID tokens that are taken. */
      readonly issuer?: string;
      readonly needsKid: boolean;
      readonly refusal?: string;
    };

export type AwaitedDecision = Extract<Awaiting, { what: 'decision' }>;

export type RunStatus = {
  readonly workflowId: string;
  readonly request: Omit<OnboardingRequest, 'chain'>;
  readonly phase: PhaseName | 'ended';
  readonly plans: readonly DigestedPlan[];
  readonly certificate?: Certificate;
  /** Foreseen for the assertion; the tenant file may still say another one. */
  readonly kid?: string;
  /** The certificate that the client uses now, as far as a rotation knows it. */
  readonly active?: Certificate;
  readonly resources?: Resources;
  readonly steps: readonly StepRecord[];
  readonly awaiting?: Awaiting;
  readonly decisions: readonly RecordedDecision[];
  readonly notices: readonly Finding[];
  readonly outcome?: RunOutcome;
};

type RequestSummary = { readonly sequence: number; readonly operation: OperationKind; readonly requestedBy: string };

export type ClientRunStatus = {
  readonly workflowId: string;
  readonly phase: 'provisioning' | 'ended';
  readonly current?: RequestSummary;
  /** For how many seconds what is refused is tried again for the present request; absent when there is none. */
  readonly pace?: Pick<ProvisioningPace, 'propagation' | 'patience'>;
  readonly waiting: readonly RequestSummary[];
  readonly plan: readonly ClientStep[];
  readonly steps: readonly ClientStepRecord[];
  readonly notices: readonly Finding[];
  readonly ends: readonly OperationEnd[];
  /** A request that waits for people, with its plan; another may be carried out meanwhile. */
  readonly asked?: RequestSummary & { readonly plan: readonly ClientStep[]; readonly awaiting: AwaitedDecision };
  /** Absent when there is none. */
  readonly decisions?: readonly RecordedDecision[];
};
