/** Revocation: what there is to take away of a compromised key, and taking it away. */

import { digest } from '../documents/digest.ts';
import { signerRole } from '../domain/custody.ts';
import { parentOf } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { DigestedPlan, Plan, RevocationStep } from '../domain/plan.ts';
import { Refusal } from '../domain/refusal.ts';
import { documentOf, isUsed, planRevocation } from '../domain/revocation.ts';
import type { Limits } from '../services/limits.ts';
import { allDocuments } from './active-document.ts';
import { attempt, runOfWorkflow } from './attempt.ts';
import { compromisedLabel, compromisedVersionLabel } from './crypto-key-choice.ts';
import { disabledLabel, keyVersionState } from './observe-custody.ts';
import type { Services } from './services.ts';

/** What is to be taken away from the key of the certificate with this serial number; empty when that was done. */
export const planRevocationActivity = (services: Services) =>
  attempt(
    async (limits: Limits, request: OnboardingRequest, serialNumber: string): Promise<DigestedPlan<RevocationStep>> => {
      const { kms, permissions } = services;
      const documents = await allDocuments(services, limits, request);
      const [active, named] = [documents.at(-1), documentOf(documents, serialNumber)];
      if (!active || !named) throw new Refusal('CUSTODY_BROKEN', 'The active document is gone.');
      const name = named.document.keyVersion;
      const [version, key, bindings] = await Promise.all([
        kms.version(name, limits),
        kms.cryptoKey(parentOf(name), limits),
        permissions.bindings(parentOf(name), limits),
      ]);
      const isLabelled = (label: string): boolean => key?.labels[label] === 'true';
      const marked = { key: isLabelled(compromisedLabel), version: isLabelled(compromisedVersionLabel(name)) };
      const disabledByRun = isLabelled(disabledLabel(name));
      const state = version ? keyVersionState(version) : 'DESTROYED';
      const plan: Plan<RevocationStep> = {
        phase: 'revocation',
        subject: subjectOf(request),
        steps: planRevocation({ name, state, disabledByRun, marked, active: isUsed(active, name), bindings }),
        attempt: 1,
      };
      return { plan, digest: digest(plan) };
    },
  );

/** There may be no other certificate yet, so the plan is about the one that is replaced. */
function subjectOf(request: OnboardingRequest): Plan['subject'] {
  const { tenant, environment, organisation, kind, client, google, platform, approval, replaces } = request;
  if (!replaces) throw new Refusal('CUSTODY_BROKEN', 'A revocation without a certificate that is active.');
  const { clientId, scopes } = client;
  const place = { tenant, environment, organisation, kind, clientId, scopes, google, platform, approval };
  const own = replaces.compromised ? ({ compromised: true } as const) : {};
  return { run: runOfWorkflow(), ...place, certificate: replaces.certificate, ...own };
}

/** Marks the crypto key, so that nothing is imported into it any more, and takes the right to sign from everybody. */
export const revokeRights = ({ audit, kms, permissions }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, cryptoKey: string): Promise<void> => {
    await kms.label(cryptoKey, { [compromisedLabel]: 'true' }, limits);
    await permissions.removeRole(cryptoKey, signerRole, limits);
    audit({ event: 'key-rights-revoked', ...askedIn(request), cryptoKey });
  });

/** Disables the version, marks it as the compromised one, and takes away the mark that would let a later run enable it. */
export const disableForGood = ({ audit, kms }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, keyVersion: string): Promise<void> => {
    if ((await kms.version(keyVersion, limits))?.state === 'ENABLED')
      await kms.setState(keyVersion, 'DISABLED', limits);
    const labels = { [disabledLabel(keyVersion)]: undefined, [compromisedVersionLabel(keyVersion)]: 'true' };
    await kms.label(parentOf(keyVersion), labels, limits);
    audit({ event: 'key-version-revoked', ...askedIn(request), keyVersion });
  });

/** In which run, whose client, and who asked for it. */
function askedIn({ tenant, environment, kind, requestedBy }: OnboardingRequest) {
  return { run: runOfWorkflow(), tenant, environment, kind, requestedBy };
}
