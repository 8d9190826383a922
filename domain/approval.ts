/**
 * Approvals: what a person decides, and whether it counts.
 *
 * A decision is bound to the digest of the plan it was shown. Everything here is a pure function of the policy, the
 * decisions so far and the new one, so that it gives the same answer in the workflow, in an activity and in a test.
 */

import type { FailureCode } from './failures.ts';

export const phaseNames = ['custody', 'registration', 'activation', 'retirement'] as const;
/** Gates of admin clients, each before the phase of its name; and the one before a client's plan that others notice. */
export const gateNames = [...phaseNames, 'wide'] as const;
export type GateName = (typeof gateNames)[number];

export type GatePolicy = {
  /** How many different people have to approve; 1 or more. */
  readonly approvers: number;
  /** Who may decide; everybody but the requester when empty. */
  readonly who: readonly string[];
  /** `asserted`: the caller states a name. `verified`: an OIDC ID token of `issuer` proves it. */
  readonly identity: 'asserted' | 'verified';
  /** Issuer of the ID tokens; required for `verified`. */
  readonly issuer?: string;
  /** Client id at the issuer whose ID tokens are taken when their nonce is the digest; without it, the audience has to be. */
  readonly audience?: string;
  /** Seconds until the wait ends as expired. */
  readonly expiresAfter: number;
  /** Seconds after which a reminder goes out, ascending. */
  readonly remindAfter: readonly number[];
};

/** A gate that the policy does not name is passed without asking, but for `registration`, which always asks. */
export type ApprovalPolicy = { readonly [gate in GateName]?: GatePolicy };

/** What of it an onboarding is under. */
export type PhasePolicy = Omit<ApprovalPolicy, 'wide'>;

/** What of a tenant's policy is about its admin clients. */
export function phasePolicy({ wide: _wide, ...policy }: ApprovalPolicy): PhasePolicy {
  return policy;
}

const day = 86_400;

/** What holds at `registration` where the tenant file says nothing. */
export const defaultGatePolicy: GatePolicy = {
  approvers: 1,
  who: [],
  identity: 'asserted',
  expiresAfter: 14 * day,
  remindAfter: [day, 3 * day, 7 * day],
};

/** What a person sends, by update or signal. */
export type Decision = {
  readonly gate: GateName;
  readonly verdict: 'approve' | 'reject';
  /** The name that the caller states; for a verified identity, what the token says. */
  readonly by: string;
  readonly reason: string;
  /** Digest of the plan that was shown. */
  readonly digest: string;
  /** Evidence of the identity, bound to the digest; only with `verified`. */
  readonly idToken?: string;
  /** The key id that Digdir gave to the registered certificate; only at `registration`. */
  readonly kid?: string;
};

type DecisionOutcome = 'counted' | 'refused';

/** A decision as it is kept: what was sent, what became of it, and when. */
export type RecordedDecision = {
  /** The update's id, or `signal-<n>`. */
  readonly id: string;
  readonly gate: string;
  readonly verdict: string;
  readonly decidedBy: string;
  readonly reason: string;
  readonly digest: string;
  readonly via: 'update' | 'signal';
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly outcome: DecisionOutcome;
  /** Why it was refused. */
  readonly code?: FailureCode;
  readonly kid?: string;
};

/** What is awaited at a gate. */
export type OpenGate = {
  readonly gate: GateName;
  readonly digest: string;
  readonly policy: GatePolicy;
  readonly requestedBy: string;
  readonly needsKid: boolean;
};

/**
 * Why a decision does not count, or `undefined` when it does. `counted` are those that count so far at the open gate,
 * `closed` the digests that were decided before.
 */
export function decisionFault(
  decision: Decision,
  open: OpenGate | undefined,
  counted: readonly RecordedDecision[],
  closed: readonly string[],
): FailureCode | undefined {
  if (closed.includes(decision.digest)) return 'DECISION_LATE';
  if (!open || open.gate !== decision.gate) return 'DECISION_NOT_AWAITED';
  if (verdictOf(open.policy, counted) !== 'open') return 'DECISION_LATE';
  if (decision.digest !== open.digest) return 'DECISION_STALE';
  if (samePerson(decision.by, open.requestedBy)) return 'DECISION_OWN_REQUEST';
  if (open.policy.who.length > 0 && !open.policy.who.some((name) => samePerson(name, decision.by))) {
    return 'DECISION_NOT_ALLOWED';
  }
  if (counted.some((other) => samePerson(other.decidedBy, decision.by))) return 'DECISION_DUPLICATE';
  if (open.policy.identity === 'verified' && !decision.idToken) return 'DECISION_UNVERIFIED';
  if (decision.verdict === 'approve' && open.needsKid && !decision.kid) return 'DECISION_KID_MISSING';
  return undefined;
}

/** How the counted decisions leave the gate: one rejection rejects, enough approvals approve. */
export function verdictOf(policy: GatePolicy, counted: readonly RecordedDecision[]): 'approved' | 'rejected' | 'open' {
  if (counted.some((decision) => decision.verdict === 'reject')) return 'rejected';
  return counted.length >= policy.approvers ? 'approved' : 'open';
}

/** Names are compared without regard to case, space and what cannot be seen: `Kari@…` and `kari@…` are one person. */
export function samePerson(one: string, other: string): boolean {
  return visible(one) === visible(other);
}

/** Unicode's compatibility form, without control and format characters. */
const visible = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .toLowerCase();
