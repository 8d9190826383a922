/** The plan of custody: check the input and the certificate, look at what exists, compare, and tell all findings at once. */

import { readChain } from '../documents/certificate-chain.ts';
import { digest } from '../documents/digest.ts';
import { readOnboardingInput } from '../documents/onboarding-input.ts';
import { judgeKid } from '../domain/activation.ts';
import { adoptionFindings, elsewhereFindings } from '../domain/adoption.ts';
import type { AdoptedContents } from '../domain/adoption.ts';
import type { CertificateChain } from '../domain/certificate.ts';
import { planCustody, versionOfKey } from '../domain/custody.ts';
import type { ObservedCustody } from '../domain/custody.ts';
import { stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import type { OnboardingRequest, Resources } from '../domain/onboarding.ts';
import { permissionFindings } from '../domain/permissions.ts';
import type { PermissionReport } from '../domain/permissions.ts';
import type { CustodyStep, DigestedPlan, Plan, PlanSubject } from '../domain/plan.ts';
import { Refusal } from '../domain/refusal.ts';
import { replacementFindings, rollBackFindings, styleFindings } from '../domain/rotation.ts';
import type { Limits } from '../services/limits.ts';
import { readActive } from './active-document.ts';
import { attempt, isEarlyAttempt, runOfWorkflow } from './attempt.ts';
import { withCryptoKey } from './crypto-key-choice.ts';
import { isDenied, unlessDenied } from './denied.ts';
import { findingsRefusal } from './findings-refusal.ts';
import { observeCustody } from './observe-custody.ts';
import type { Services } from './services.ts';

export type CustodyPlan = DigestedPlan<CustodyStep> & {
  readonly chain: CertificateChain;
  readonly notices: readonly Finding[];
  /** Everything that custody is about, when nothing is missing. */
  readonly resources?: Resources;
  /** Name of the crypto key, where it is another than the request says. */
  readonly cryptoKey?: string;
  /** The kid to go on with, where it is another than the request says. */
  readonly kid?: string;
  /** Versions of keys and secrets that existed before: the run disables none of these if it ends early. */
  readonly before: readonly string[];
};

export const planCustodyActivity = (services: Services) =>
  attempt(
    async (limits: Limits, input: OnboardingRequest, reports: readonly PermissionReport[]): Promise<CustodyPlan> => {
      const { request, findings } = readOnboardingInput(input);
      if (!request) throw findingsRefusal(findings);
      findings.push(...placeFindings(services, request), ...permissionFindings(reports));
      findings.push(...(await metadataFindings(services, limits)));
      const chain = await readCertificates(services, limits, request, findings);
      if (!chain) throw findingsRefusal(findings);

      findings.push(
        ...replacementFindings(request.replaces, chain.leaf, 'input.chain'),
        ...rollBackFindings(request, chain.leaf, 'input.chain'),
        ...styleFindings(request),
      );
      const { kid, findings: kidFindings } = await judgedKid(services, limits, request, chain);
      findings.push(...kidFindings);
      const { placed, observed } = await observe(services, limits, request, chain, findings);
      const { steps, findings: obstacles } = planCustody(placed, chain.leaf, services.operator, observed);
      const unread: Finding[] = [];
      const contents = await adoptedContents(services, limits, request, unread);
      const misfits = adoptionFindings(placed, chain.leaf, observed, contents);
      findings.push(
        ...obstacles,
        ...unread,
        ...misfits.filter(({ where }) => !unread.some((one) => one.where === where)),
      );
      if (findings.some(stops)) throw findingsRefusal(findings);

      const plan: Plan<CustodyStep> = { phase: 'custody', subject: planSubject(request, chain), steps, attempt: 1 };
      const resources = steps.length === 0 ? presentResources(placed, chain, observed) : undefined;
      return {
        plan,
        digest: digest(plan),
        chain,
        notices: findings,
        before: versionsBefore(observed),
        ...(placed.client.cryptoKey && placed !== request ? { cryptoKey: placed.client.cryptoKey } : {}),
        ...(kid === undefined ? {} : { kid }),
        ...(resources ? { resources } : {}),
      };
    },
  );

/** Looks at what is active only where the request foresees a kid. */
async function judgedKid(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  { leaf }: CertificateChain,
): Promise<ReturnType<typeof judgeKid>> {
  if (!request.client.kid) return { findings: [] };
  // Onboarding grants the right to read it: without it there was none yet.
  const active = await readActive(services, limits, request).catch(unlessDenied);
  return judgeKid(request, leaf, active);
}

export function planSubject(request: OnboardingRequest, { leaf }: CertificateChain): PlanSubject {
  const { tenant, environment, organisation, kind, client, google, platform, approval } = request;
  return {
    run: runOfWorkflow(),
    tenant,
    environment,
    organisation,
    kind,
    clientId: client.clientId,
    scopes: client.scopes,
    certificate: leaf,
    google,
    platform,
    approval,
    ...(request.replaces ? { replaces: request.replaces.certificate } : {}),
  };
}

function placeFindings(services: Services, request: OnboardingRequest): Finding[] {
  const findings = elsewhereFindings(request);
  if (request.environment !== services.environment) {
    const message = `The worker serves the environment ${services.environment}, the request is for ${request.environment}.`;
    findings.push({ code: 'INPUT_INVALID', where: 'input.environment', message });
  }
  return findings;
}

/** The metadata has to be there before anything is created. What may pass is tried again before it becomes a finding. */
async function metadataFindings({ maskinporten, endpoints }: Services, limits: Limits): Promise<Finding[]> {
  try {
    await maskinporten.metadata(limits);
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'METADATA_UNREACHABLE' && isEarlyAttempt()) {
      throw new Refusal('DIGDIR_UNAVAILABLE', error.message);
    }
    return [{ code: error.code, where: endpoints.maskinportenMetadata, message: error.message }];
  }
}

async function readCertificates(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  findings: Finding[],
): Promise<CertificateChain | undefined> {
  const adopted = request.existing.chainVersion;
  const where = request.chain ? 'input.chain' : (adopted ?? 'input.chain');
  const pem = request.chain ?? (adopted && (await readAdopted(services, limits, adopted, findings)));
  if (!pem) {
    if (!adopted) findings.push({ code: 'CERTIFICATE_MISSING', where, message: 'No certificate chain was given.' });
    return undefined;
  }
  const { environment, organisation } = request;
  const context = { environment, organisation, now: services.clock.now(), roots: services.roots, where };
  const { chain, findings: faults } = readChain(pem, context);
  findings.push(...faults);
  return chain;
}

async function readAdopted(
  { secrets, principal }: Services,
  limits: Limits,
  name: string,
  findings: Finding[],
): Promise<string | undefined> {
  try {
    const version = await secrets.read(name, limits);
    if (version && version !== 'unusable') return version.data.toString();
    const message = version === 'unusable' ? 'The version is disabled or destroyed.' : 'The version does not exist.';
    findings.push({ code: 'ADOPTED_RESOURCE_MISSING', where: name, message });
  } catch (error) {
    if (!isDenied(error)) throw error;
    const message = `The operator (${principal}) may not read it: grant roles/secretmanager.secretAccessor on the secret.`;
    findings.push({ code: 'PERMISSION_MISSING', where: name, message });
  }
  return undefined;
}

/** A denial while observing says the same as the permissions that were found missing, so those are told. */
async function observe(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  chain: CertificateChain,
  findings: Finding[],
): Promise<{ readonly placed: OnboardingRequest; readonly observed: ObservedCustody }> {
  try {
    const { placed, findings: misplaced } = await withCryptoKey(services.kms, limits, request, chain.leaf);
    findings.push(...misplaced);
    return { placed, observed: await observeCustody(services, limits, placed, chain) };
  } catch (error) {
    if (isDenied(error) && findings.some(stops)) throw findingsRefusal(findings);
    throw error;
  }
}

async function adoptedContents(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  unread: Finding[],
): Promise<AdoptedContents> {
  const { chainVersion, clientIdVersion } = request.existing;
  const [pem, clientId] = await Promise.all([
    chainVersion && readAdopted(services, limits, chainVersion, unread),
    clientIdVersion && readAdopted(services, limits, clientIdVersion, unread),
  ]);
  const { environment, organisation } = request;
  const context = { environment, organisation, now: services.clock.now(), roots: services.roots, where: '' };
  const fingerprint = pem ? readChain(pem, context).chain?.leaf.fingerprint : undefined;
  return {
    ...(fingerprint ? { chainFingerprint: fingerprint } : {}),
    ...(clientId ? { clientId: clientId.trim() } : {}),
  };
}

function presentResources(
  request: OnboardingRequest,
  chain: CertificateChain,
  observed: ObservedCustody,
): Resources | undefined {
  const keyVersion = versionOfKey(request, chain.leaf, observed)?.name;
  const chainVersion = observed.secrets['cert-chain']?.matchingVersion;
  const clientIdVersion = observed.secrets['client-id']?.matchingVersion;
  return keyVersion && chainVersion && clientIdVersion ? { keyVersion, chainVersion, clientIdVersion } : undefined;
}

/** Not those that an ended run of ours keeps disabled: what enables one of them has to disable it again when it ends early. */
function versionsBefore(observed: ObservedCustody): string[] {
  const secrets = Object.values(observed.secrets).flatMap(({ matchingVersion }) => matchingVersion ?? []);
  const keys = (observed.cryptoKey?.versions ?? []).filter(
    ({ state, disabledByRun }) => state === 'ENABLED' || !disabledByRun,
  );
  return [...keys.map(({ name }) => name), ...secrets];
}
