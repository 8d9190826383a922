/** Registration: its plan, and the assertion that proves that Digdir accepts the client with this certificate. */

import { digest } from '../documents/digest.ts';
import { isActive, planRegistration } from '../domain/activation.ts';
import type { ActiveDocument, Assertion } from '../domain/active-document.ts';
import type { CertificateChain } from '../domain/certificate.ts';
import type { FailureCode } from '../domain/failures.ts';
import type { OnboardingRequest, Resources } from '../domain/onboarding.ts';
import type { DigestedPlan, Plan, RegistrationStep } from '../domain/plan.ts';
import { isJudgement } from '../domain/propagation.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import { readActive } from './active-document.ts';
import { attempt } from './attempt.ts';
import { planSubject } from './plan-custody.ts';
import type { Services } from './services.ts';
import { takeToken } from './token.ts';
import type { Credentials } from './token.ts';

export const planRegistrationActivity = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      chain: CertificateChain,
      resources: Resources | undefined,
      last: { readonly attempt: number; readonly refusal?: string },
    ): Promise<DigestedPlan<RegistrationStep>> => {
      // Without resources this is a preview of what custody has yet to make: nothing can be active.
      const active =
        resources !== undefined && isActive(request, resources, await readActive(services, limits, request));
      const plan: Plan<RegistrationStep> = {
        phase: 'registration',
        subject: planSubject(request, chain),
        steps: planRegistration(request, chain.leaf, active),
        attempt: last.attempt,
        ...(last.refusal ? { lastRefusal: last.refusal } : {}),
      };
      return { plan, digest: digest(plan) };
    },
  );

export type Verification =
  | { readonly outcome: 'verified'; readonly grantedScopes: readonly string[] }
  | { readonly outcome: 'refused'; readonly code: FailureCode; readonly reason: string };

/**
 * Takes a token with an assertion that KMS signs, compares the scopes, and reads the client itself from the self-service
 * API. What may be a change at Digdir that has not arrived is tried again until `pace.propagation` seconds after `since`;
 * then, like every other refusal, it is the answer.
 */
export const verifyAssertion = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      resources: Resources,
      assertion: Assertion,
      since: string,
    ): Promise<Verification> => {
      const { clientId, scopes } = request.client;
      return await verify(services, limits, request, { ...resources, clientId, assertion, scopes }, since);
    },
  );

/** The same for the credentials of a document that was active before. */
export const verifyFormer = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      former: ActiveDocument,
      since: string,
    ): Promise<Verification> => {
      try {
        return await verify(services, limits, request, former, since);
      } catch (error) {
        if (!(error instanceof Refusal) || error.passing) throw error;
        return { outcome: 'refused', code: error.code, reason: error.message };
      }
    },
  );

async function verify(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  credentials: Credentials,
  since: string,
): Promise<Verification> {
  try {
    const token = await takeToken(services, limits, credentials);
    const organisation = await services.selfService.organisationOf(credentials.clientId, token.accessToken, limits);
    if (organisation !== request.organisation) {
      const reason = `The client belongs to organisation ${organisation}, the tenant file says ${request.organisation}.`;
      return { outcome: 'refused', code: 'ASSERTION_ORGANISATION', reason };
    }
    return { outcome: 'verified', grantedScopes: token.scopes };
  } catch (error) {
    if (!(error instanceof Refusal) || !isJudgement(error.code)) throw error;
    const age = services.clock.now().getTime() - Date.parse(since);
    if (error.passing && age < request.pace.propagation * 1000) throw error;
    return { outcome: 'refused', code: error.code, reason: error.message };
  }
}
