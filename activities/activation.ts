/** Activation: its plan, writing the active document, and the proof that the live path works. */

import { digest } from '../documents/digest.ts';
import { digdiratorSettings, writeSeedYaml } from '../documents/seed-yaml.ts';
import { isActive, planActivation } from '../domain/activation.ts';
import type { ActiveDocument, ObservedActive } from '../domain/active-document.ts';
import type { CertificateChain } from '../domain/certificate.ts';
import type { OnboardingRequest, Resources } from '../domain/onboarding.ts';
import type { ActivationStep, DigestedPlan, Plan } from '../domain/plan.ts';
import type { Limits } from '../services/limits.ts';
import { readActive, readActiveVersion, writeActive } from './active-document.ts';
import { attempt } from './attempt.ts';
import { planSubject } from './plan-custody.ts';
import type { Services } from './services.ts';
import { takeToken } from './token.ts';

export type ActivationPlan = DigestedPlan<ActivationStep> & { readonly active?: ObservedActive };

export const planActivationActivity = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      chain: CertificateChain,
      resources: Resources | undefined,
    ): Promise<ActivationPlan> => {
      // What a rotation takes the place of is known, and may be read, before there is anything new.
      const active = resources || request.replaces ? await readActive(services, limits, request) : undefined;
      const plan: Plan<ActivationStep> = {
        phase: 'activation',
        subject: planSubject(request, chain),
        steps: planActivation(request, resources !== undefined && isActive(request, resources, active), active),
        attempt: 1,
      };
      return { plan, digest: digest(plan), ...(active ? { active } : {}) };
    },
  );

export const writeActiveDocument = (services: Services) =>
  attempt((limits: Limits, request: OnboardingRequest, document: ActiveDocument) =>
    writeActive(services, limits, request, document),
  );

export type LiveProof = { readonly grantedScopes: readonly string[]; readonly handover: Handover };
export type Handover = { readonly yaml: string; readonly digdirator: string };

/** A token by the very version that readers will find; and what is handed over to those who configure the platform. */
export const proveActivation = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      chain: CertificateChain,
      version: string,
    ): Promise<LiveProof> => {
      const document = await readActiveVersion(services, limits, version);
      const token = await takeToken(services, limits, document);
      return { grantedScopes: token.scopes, handover: handoverOf(services, request, chain, document) };
    },
  );

/** The same without a proof, for a run that found nothing to do. */
export const describeActive = (services: Services) =>
  attempt(
    async (limits: Limits, request: OnboardingRequest, chain: CertificateChain, version: string): Promise<Handover> =>
      handoverOf(services, request, chain, await readActiveVersion(services, limits, version)),
  );

function handoverOf(
  { endpoints }: Services,
  request: OnboardingRequest,
  chain: CertificateChain,
  document: ActiveDocument,
): Handover {
  const { keyVersion, chainVersion, clientIdVersion } = document;
  return {
    yaml: writeSeedYaml({ [request.kind]: { keyVersion, chainVersion, clientIdVersion } }),
    digdirator: digdiratorSettings({
      clientId: document.clientId,
      keyVersion,
      chainPem: chain.pem,
      scopes: document.scopes,
      selfService: endpoints.selfService,
      maskinportenMetadata: endpoints.maskinportenMetadata,
    }),
  };
}
