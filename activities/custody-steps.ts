/** The steps of custody that the provisioner and the operator carry out. Each may run twice and leaves one effect. */

import type { CertificateChain } from '../domain/certificate.ts';
import { ownLabels, parentOf } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { CustodyStep } from '../domain/plan.ts';
import type { Limits } from '../services/limits.ts';
import { attempt } from './attempt.ts';
import { contentOf, disabledLabel } from './observe-custody.ts';
import type { Services } from './services.ts';

type StepOf<K extends CustodyStep['kind']> = Extract<CustodyStep, { kind: K }>;

export const createKeyRing = ({ kms }: Services) =>
  attempt(async (limits: Limits, _request: OnboardingRequest, step: StepOf<'create-key-ring'>) => {
    await kms.createKeyRing(step.resource, limits);
  });

export const createCryptoKey = ({ kms }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, step: StepOf<'create-crypto-key'>) => {
    const { algorithm, protectionLevel } = step;
    await kms.createCryptoKey(step.resource, { algorithm, protectionLevel, labels: ownLabels(request) }, limits);
  });

export const enableKeyVersion = ({ kms }: Services) =>
  attempt(async (limits: Limits, _request: OnboardingRequest, step: StepOf<'enable-key-version'>) => {
    await kms.setState(step.resource, 'ENABLED', limits);
    await kms.label(parentOf(step.resource), { [disabledLabel(step.resource)]: undefined }, limits);
  });

export const createSecret = ({ secrets }: Services) =>
  attempt(async (limits: Limits, request: OnboardingRequest, step: StepOf<'create-secret'>) => {
    await secrets.createSecret(
      step.resource,
      { labels: { ...ownLabels(request), role: step.role }, replication: step.replication },
      limits,
    );
  });

export const grant = ({ permissions }: Services) =>
  attempt(async (limits: Limits, _request: OnboardingRequest, step: StepOf<'grant'>) => {
    await permissions.addBindings(step.resource, step.bindings, limits);
  });

/** Adds the chain or the client id as a version, unless a readable version holds it; tells the version's name. */
export const addSecretVersion = ({ secrets }: Services) =>
  attempt(
    async (
      limits: Limits,
      request: OnboardingRequest,
      step: StepOf<'add-secret-version'>,
      chain: CertificateChain,
    ): Promise<string> => {
      const content = contentOf(request, chain, step.role) ?? Buffer.alloc(0);
      const versions = await secrets.readFrom(step.resource, 1, limits);
      const present = versions.find(({ data }) => data.equals(content));
      return present?.name ?? secrets.addVersion(step.resource, content, limits);
    },
  );

/**
 * Disables key versions and secret versions. That a run of ours disabled a key version is written on the key first, so
 * that a later run may enable it again, and only then.
 */
export const disableVersions = ({ kms, secrets }: Services) =>
  attempt(async (limits: Limits, _request: OnboardingRequest, names: readonly string[]): Promise<void> => {
    for (const name of names) {
      if (name.includes('/secrets/')) {
        await secrets.disableVersion(name, limits);
        continue;
      }
      await kms.label(parentOf(name), { [disabledLabel(name)]: 'true' }, limits);
      await kms.setState(name, 'DISABLED', limits);
    }
  });
