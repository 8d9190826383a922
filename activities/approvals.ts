/** Who may decide, reminding people, and keeping a record that outlives Temporal's history. */

import type { Decision, OpenGate, RecordedDecision } from '../domain/approval.ts';
import { samePerson } from '../domain/approval.ts';
import type { FailureCode } from '../domain/failures.ts';
import { decisionsSecretName } from '../domain/client-names.ts';
import { secretName } from '../domain/names.ts';
import type { Subject } from '../domain/names.ts';
import type { OnboardingRequest, Pace } from '../domain/onboarding.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import type { RevocationRecord } from '../domain/revocation.ts';
import { canonicalJson } from '../documents/digest.ts';
import type { Limits } from '../services/limits.ts';
import { age, attempt } from './attempt.ts';
import { isDenied } from './denied.ts';
import type { Services } from './services.ts';

type Paced = { readonly pace: Pick<Pace, 'propagation'> };

export type Judgement =
  | { readonly may: true; readonly person: string }
  | { readonly may: false; readonly code: FailureCode; readonly message: string };

/** Whether the person may decide. An asserted name is taken as stated, a verified one from the ID token. */
export const judgeDecision = ({ identity }: Services) =>
  attempt(async (limits: Limits, _request: Paced, decision: Decision, open: OpenGate): Promise<Judgement> => {
    const { policy, digest, requestedBy } = open;
    if (policy.identity === 'asserted') return { may: true, person: decision.by };
    try {
      const { issuer = '', audience } = policy;
      const expected = { issuer, digest, ...(audience ? { audience } : {}) };
      const person = await identity.personOf(decision.idToken ?? '', expected, limits);
      if (samePerson(person, requestedBy)) {
        return { may: false, code: 'DECISION_OWN_REQUEST', message: `${person} asked for this run.` };
      }
      if (policy.who.length > 0 && !policy.who.some((name) => samePerson(name, person))) {
        return { may: false, code: 'DECISION_NOT_ALLOWED', message: `${person} is not named in the policy.` };
      }
      return { may: true, person };
    } catch (error) {
      if (!(error instanceof Refusal) || error.passing) throw error;
      return { may: false, code: error.code, message: error.message };
    }
  });

/** Says in the audit log that people are waited for. */
export const remind = ({ audit }: Services) =>
  attempt(async (_limits: Limits, request: Subject & Paced, awaited: object): Promise<void> => {
    const { tenant, environment, kind } = request;
    audit({ event: 'approval-reminder', tenant, environment, kind, ...awaited });
  });

/** What is kept of a run for longer than its history. */
export type RunRecord = {
  readonly decisions: readonly RecordedDecision[];
  /** Absent when the run took no key out of use for good. */
  readonly revocation?: RevocationRecord;
};

/**
 * Writes what the run came to, with every decision, to the audit log and as a version of the client's record secret
 * (where that exists: a run that ended before anything was created is in the log only).
 */
export const keepRecord = ({ audit, secrets }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, record: RunRecord): Promise<void> => {
    const name = secretName(request.google, request, 'record');
    try {
      await addOnce(secrets, name, fitting(record), limits);
    } catch (error) {
      if (!isDenied(error)) throw error;
      // Without rights on it, the secret is missing (as far as its metadata tells), or its grant takes its time.
      const exists = (await secrets.secret(name, limits)) !== undefined;
      if (exists && age() <= request.pace.propagation * 1000) throw error;
    }
    audit({ event: 'run-ended', ...record });
  });

/** The same for a client of an application, whose secret of decisions has been made. */
export const keepClientDecisions = ({ audit, secrets }: Services) =>
  attempt(async (limits: Limits, { google, client }: ProvisioningRequest, record: RunRecord): Promise<void> => {
    await addOnce(secrets, decisionsSecretName(google, client), fitting(record), limits);
    audit({ event: 'gate-ended', ...record });
  });

async function addOnce(secrets: Services['secrets'], name: string, content: Buffer, limits: Limits): Promise<void> {
  const versions = await secrets.readFrom(name, 1, limits);
  if (versions.some(({ data }) => data.equals(content))) return;
  await secrets.addVersion(name, content, limits);
}

/** Secret Manager takes 64 KiB; decisions that count are kept before refused ones, and the latest of those. */
const longestRecord = 60_000;

function fitting(record: RunRecord): Buffer {
  const decisions = [...record.decisions];
  for (;;) {
    const content = Buffer.from(canonicalJson({ ...record, decisions }));
    const refused = decisions.findIndex(({ outcome }) => outcome === 'refused');
    if (content.length <= longestRecord || refused === -1) return content;
    decisions.splice(refused, 1);
  }
}
