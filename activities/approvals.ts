/** Who may decide, reminding people, and keeping a record that outlives Temporal's history. */

import type { Decision, OpenGate } from '../domain/approval.ts';
import { samePerson } from '../domain/approval.ts';
import type { FailureCode } from '../domain/failures.ts';
import { secretName } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { Refusal } from '../domain/refusal.ts';
import { canonicalJson } from '../documents/digest.ts';
import type { Limits } from '../services/limits.ts';
import { attempt } from './attempt.ts';
import type { Services } from './services.ts';

export type Judgement =
  | { readonly may: true; readonly person: string }
  | { readonly may: false; readonly code: FailureCode; readonly message: string };

/** Whether the person may decide. An asserted name is taken as stated, a verified one from the ID token. */
export const judgeDecision = ({ identity }: Services) =>
  attempt(
    async (limits: Limits, _request: OnboardingRequest, decision: Decision, open: OpenGate): Promise<Judgement> => {
      const { policy, digest, requestedBy } = open;
      if (policy.identity === 'asserted') return { may: true, person: decision.by };
      try {
        const person = await identity.personOf(decision.idToken ?? '', policy.issuer ?? '', digest, limits);
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
    },
  );

/** Says in the audit log that people are waited for. */
export const remind = ({ audit }: Services) =>
  attempt(async (_limits: Limits, request: OnboardingRequest, awaited: object): Promise<void> => {
    const { tenant, environment, kind } = request;
    audit({ event: 'approval-reminder', tenant, environment, kind, ...awaited });
  });

/**
 * Writes what the run came to, with every decision, to the audit log and as a version of the client's record secret
 * (where that exists: a run that ended before anything was created leaves the log alone).
 */
export const keepRecord = ({ audit, secrets }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, record: object): Promise<void> => {
    const name = secretName(request.google, request, 'record');
    const content = Buffer.from(canonicalJson(record));
    if (!(await secrets.secret(name, limits))) return audit({ event: 'run-ended', ...record });
    const versions = await secrets.readFrom(name, 1, limits);
    if (versions.some(({ data }) => data.equals(content))) return;
    await secrets.addVersion(name, content, limits);
    audit({ event: 'run-ended', ...record });
  });
