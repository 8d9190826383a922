/** Retirement: what the client no longer uses, and taking it out of use. */

import { digest } from '../documents/digest.ts';
import type { ObservedActive } from '../domain/active-document.ts';
import type { CertificateChain } from '../domain/certificate.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { DigestedPlan, Plan, RetirementStep } from '../domain/plan.ts';
import { Refusal } from '../domain/refusal.ts';
import { formerKeys, planRetirement, sameCredentials } from '../domain/retirement.ts';
import type { FormerKey } from '../domain/retirement.ts';
import type { Limits } from '../services/limits.ts';
import { allDocuments, keysOfOthers } from './active-document.ts';
import { attempt } from './attempt.ts';
import { keyVersionState } from './observe-custody.ts';
import { planSubject } from './plan-custody.ts';
import type { Services } from './services.ts';

export type RetirementPlan = DigestedPlan<RetirementStep> & {
  readonly active: ObservedActive;
  /** The last document before it that says something else. */
  readonly former?: ObservedActive;
};

/** Compares the key versions that documents named with those that are used now. Empty when none is left enabled. */
export const planRetirementActivity = (services: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, chain: CertificateChain): Promise<RetirementPlan> => {
    const documents = await allDocuments(services, limits, request);
    const active = documents.at(-1);
    if (!active) throw new Refusal('CUSTODY_BROKEN', 'The active document is gone.');
    const others = await keysOfOthers(services, limits, request);
    const former: FormerKey[] = [];
    for (const key of formerKeys(documents, [active.document.keyVersion, ...others])) {
      const version = await services.kms.version(key.name, limits);
      if (version) former.push({ ...key, state: keyVersionState(version) });
    }
    const plan: Plan<RetirementStep> = {
      phase: 'retirement',
      subject: planSubject(request, chain),
      steps: planRetirement(request, active, former),
      attempt: 1,
    };
    const before = documents.findLast(({ document }) => !sameCredentials(document, active.document));
    return { plan, digest: digest(plan), active, ...(before ? { former: before } : {}) };
  });

/** Names of the key versions that the tenant's other clients use. */
export const keysOfOtherClients = (services: Services) =>
  attempt(
    async (limits: Limits, request: OnboardingRequest): Promise<string[]> =>
      await keysOfOthers(services, limits, request),
  );

/** Schedules a key version for destruction. */
export const destroyKeyVersion = ({ kms }: Services) =>
  attempt(async (limits: Limits, _request: OnboardingRequest, name: string): Promise<void> => {
    await kms.destroyVersion(name, limits);
  });
