/** A plan: what would change, in order, and why. An empty plan means that there is nothing to do. */

import type { Certificate } from './certificate.ts';
import type { PhasePolicy, phaseNames } from './approval.ts';
import type { ClientKind, GooglePlace, ProtectionLevel, Replication } from './tenant.ts';
import type { Environment } from './environments.ts';
import type { SecretRole } from './names.ts';

/** Every phase has a gate, but for the one that takes a compromised key out of use: there nobody is waited for. */
export type PhaseName = (typeof phaseNames)[number] | 'revocation';

/** The phases of each process, in order. */
export const onboardingPhases: readonly PhaseName[] = ['custody', 'registration', 'activation'];
export const rotationPhases: readonly PhaseName[] = [...onboardingPhases, 'retirement'];

/** `routine`: adds something that nothing uses yet. `notable`: gives rights, or changes what is used. */
type Risk = 'routine' | 'notable';

/** The KMS algorithms that make RS256 signatures; the length is that of the certificate's key. */
export type KeyAlgorithm = 'RSA_SIGN_PKCS1_2048_SHA256' | 'RSA_SIGN_PKCS1_3072_SHA256' | 'RSA_SIGN_PKCS1_4096_SHA256';

export type Binding = { readonly role: string; readonly members: readonly string[] };

type Described = {
  /** Full name of the resource. */
  readonly resource: string;
  /** What will change, in plain words. */
  readonly change: string;
  readonly reason: string;
  readonly risk: Risk;
};

export type CustodyStep = Described &
  (
    | { readonly kind: 'create-key-ring' }
    | {
        readonly kind: 'create-crypto-key';
        readonly algorithm: KeyAlgorithm;
        readonly protectionLevel: ProtectionLevel;
      }
    | { readonly kind: 'import-key'; readonly algorithm: KeyAlgorithm }
    | { readonly kind: 'enable-key-version' }
    | { readonly kind: 'create-secret'; readonly role: SecretRole; readonly replication: Replication }
    | { readonly kind: 'grant'; readonly bindings: readonly Binding[] }
    | { readonly kind: 'add-secret-version'; readonly role: 'cert-chain' | 'client-id' }
  );

export type RegistrationStep = Described & { readonly kind: 'confirm-registration' | 'verify-assertion' };

export type ActivationStep = Described & { readonly kind: 'write-active-document' };

export type RetirementStep = Described & {
  readonly kind: 'verify-active' | 'disable-key-version' | 'destroy-key-version';
};

/** What a roll-back does. It has no gate: it is the way out. */
export type RollBackStep = Described & {
  readonly kind: 'verify-former' | 'write-former-document' | 'disable-key-version';
};

export type RevocationStep = Described & { readonly kind: 'revoke-rights' | 'disable-key-version' };

export type Step = CustodyStep | RegistrationStep | ActivationStep | RetirementStep | RollBackStep | RevocationStep;

/**
 * What a plan is about. It is part of the digest, so that an approval never covers another certificate, client or place,
 * was never given under another policy, and cannot be brought forward again in another run.
 */
export type PlanSubject = {
  /** Id of the one run that the plan belongs to. */
  readonly run: string;
  readonly tenant: string;
  readonly environment: Environment;
  readonly organisation: string;
  readonly kind: ClientKind;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly certificate: Certificate;
  /** The certificate that a rotation takes the place of. */
  readonly replaces?: Certificate;
  /** Of a revocation: the certificate's own key is the compromised one, whichever of its certificates was named. */
  readonly compromised?: true;
  readonly google: GooglePlace;
  /** Who is given the right to sign and to read. */
  readonly platform: string;
  readonly approval: PhasePolicy;
};

export type Plan<S extends Step = Step> = {
  readonly phase: PhaseName;
  readonly subject: PlanSubject;
  readonly steps: readonly S[];
  /** Why the plan is shown again: what came of it last time. */
  readonly lastRefusal?: string;
  /** Counts the times that this phase was planned in this run, from 1. */
  readonly attempt: number;
};

/** A plan and the digest that decisions about it carry (`sha256:` and 64 hexadecimal digits). */
export type DigestedPlan<S extends Step = Step> = { readonly plan: Plan<S>; readonly digest: string };
