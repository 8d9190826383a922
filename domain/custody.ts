/**
 * Custody: the private key in KMS, where nobody can read it, the chain and the client id in Secret Manager, and exactly
 * the rights to sign and read. This is the planner: what exists, compared with what should.
 */

import type { Certificate, KeySize } from './certificate.ts';
import type { Finding } from './failures.ts';
import { cryptoKeyName, keyRingName, lastPart, sameResource, secretName } from './names.ts';
import type { SecretRole } from './names.ts';
import type { OnboardingRequest } from './onboarding.ts';
import type { Binding, CustodyStep, KeyAlgorithm } from './plan.ts';
import type { Replication } from './tenant.ts';

export type KeyVersionState = 'ENABLED' | 'DISABLED' | 'DESTROY_SCHEDULED' | 'DESTROYED' | 'OTHER';

export type ObservedKeyVersion = {
  readonly name: string;
  readonly state: KeyVersionState;
  /** SubjectPublicKeyInfo, DER in base64; absent where KMS no longer gives it. */
  readonly publicKey?: string;
  /** An ended run of ours disabled it. */
  readonly disabledByRun: boolean;
};

export type ObservedCryptoKey = {
  readonly name: string;
  readonly purpose: string;
  readonly protectionLevel: string;
  readonly importOnly: boolean;
  readonly versions: readonly ObservedKeyVersion[];
  readonly bindings: readonly Binding[];
};

export type ObservedSecret = {
  readonly name: string;
  readonly replication: Replication;
  /** Whether its labels say that it is ours and this client's. */
  readonly ours: boolean;
  readonly bindings: readonly Binding[];
  /** Name of the lowest version that can be read and holds what is wanted. */
  readonly matchingVersion?: string;
};

export type ObservedCustody = {
  readonly keyRing: boolean;
  readonly cryptoKey?: ObservedCryptoKey;
  readonly secrets: { readonly [role in SecretRole]?: ObservedSecret };
};

export const algorithmFor = (keySize: KeySize): KeyAlgorithm => `RSA_SIGN_PKCS1_${keySize}_SHA256`;

export const signerRole = 'roles/cloudkms.signerVerifier';
export const accessorRole = 'roles/secretmanager.secretAccessor';
export const adderRole = 'roles/secretmanager.secretVersionAdder';

/** What custody needs and cannot find, in order. Findings tell of what stands in the way and cannot be changed by us. */
export function planCustody(
  request: OnboardingRequest,
  certificate: Certificate,
  operator: string,
  observed: ObservedCustody,
): { steps: CustodyStep[]; findings: Finding[] } {
  const findings = [...cryptoKeyFindings(request, certificate, observed), ...secretFindings(request, observed)];
  const steps = [
    ...keySteps(request, certificate, observed),
    ...keyGrant(request, operator, observed),
    ...secretSteps(request, operator, observed),
  ];
  return { steps, findings };
}

/** The version that holds the certificate's key: the adopted one, or else preferring one that is enabled, then the lowest. */
export function versionOfKey(
  { existing }: OnboardingRequest,
  certificate: Certificate,
  observed: ObservedCustody,
): ObservedKeyVersion | undefined {
  const held = (observed.cryptoKey?.versions ?? []).filter(
    ({ name, publicKey }) =>
      publicKey === certificate.publicKey && (!existing.keyVersion || sameResource(name, existing.keyVersion)),
  );
  return held.find((version) => version.state === 'ENABLED') ?? held[0];
}

function keySteps(request: OnboardingRequest, certificate: Certificate, observed: ObservedCustody): CustodyStep[] {
  if (request.existing.keyVersion) return [];
  const steps: CustodyStep[] = [];
  const algorithm = algorithmFor(certificate.keySize);
  const cryptoKey = cryptoKeyName(request.google, request, request.client.cryptoKey);
  if (!observed.keyRing) {
    steps.push({
      kind: 'create-key-ring',
      resource: keyRingName(request.google),
      change: `create the key ring ${request.google.keyRing}`,
      reason: 'it does not exist',
      risk: 'routine',
    });
  }
  if (!observed.cryptoKey) {
    steps.push({
      kind: 'create-crypto-key',
      resource: cryptoKey,
      change: `create the import-only signing key ${lastPart(cryptoKey)} (${algorithm}, ${request.google.protectionLevel})`,
      reason: 'it does not exist',
      risk: 'routine',
      algorithm,
      protectionLevel: request.google.protectionLevel,
    });
  }
  const version = versionOfKey(request, certificate, observed);
  if (!version) {
    steps.push({
      kind: 'import-key',
      resource: cryptoKey,
      change: `import the private key of ${certificate.subject}`,
      reason: 'no version of the key holds it',
      risk: 'routine',
      algorithm,
    });
  } else if (version.state === 'DISABLED' && version.disabledByRun) {
    steps.push({
      kind: 'enable-key-version',
      resource: version.name,
      change: `enable version ${lastPart(version.name)}, which holds the private key`,
      reason: 'an earlier run had disabled it',
      risk: 'notable',
    });
  }
  return steps;
}

function keyGrant(request: OnboardingRequest, operator: string, observed: ObservedCustody): CustodyStep[] {
  const wanted = [{ role: signerRole, members: unique([request.platform, operator]) }];
  const missing = missingBindings(wanted, observed.cryptoKey?.bindings ?? []);
  if (missing.length === 0) return [];
  return [grantStep(keyResource(request), missing, 'sign with this key, and with nothing else')];
}

/** The crypto key that is meant: that of an adopted version, or the tenant's own. */
export function keyResource(request: OnboardingRequest): string {
  const adopted = request.existing.keyVersion;
  if (adopted) return adopted.replace(/\/cryptoKeyVersions\/[^/]+$/, '');
  return cryptoKeyName(request.google, request, request.client.cryptoKey);
}

/** The secret that is meant: that of an adopted version, or the tenant's own. */
export function secretResource(request: OnboardingRequest, role: SecretRole): string {
  const adopted = adoptedVersion(request, role);
  return adopted ? adopted.replace(/\/versions\/[^/]+$/, '') : secretName(request.google, request, role);
}

export function adoptedVersion(request: OnboardingRequest, role: SecretRole): string | undefined {
  if (role === 'cert-chain') return request.existing.chainVersion;
  if (role === 'client-id') return request.existing.clientIdVersion;
  return undefined;
}

/** Secret, then rights on it, then its version: the operator may only add and compare what it may read. */
function secretSteps(request: OnboardingRequest, operator: string, observed: ObservedCustody): CustodyStep[] {
  const steps: CustodyStep[] = [];
  for (const role of ['cert-chain', 'client-id', 'active', 'record'] as const) {
    const name = secretResource(request, role);
    const secret = observed.secrets[role];
    if (!secret) {
      steps.push({
        kind: 'create-secret',
        resource: name,
        change: `create the secret ${lastPart(name)}`,
        reason: 'it does not exist',
        risk: 'routine',
        role,
        replication: request.google.replication,
      });
    }
    const missing = missingBindings(secretBindings(request, operator, role), secret?.bindings ?? []);
    if (missing.length > 0) steps.push(grantStep(name, missing, 'read it; the operator also adds versions'));
    if (role !== 'cert-chain' && role !== 'client-id') continue;
    if (secret?.matchingVersion) continue;
    steps.push({
      kind: 'add-secret-version',
      resource: name,
      change: role === 'cert-chain' ? 'store the certificate chain, leaf first' : 'store the client id',
      reason: 'no version holds it',
      risk: 'routine',
      role,
    });
  }
  return steps;
}

function secretBindings(request: OnboardingRequest, operator: string, role: SecretRole): Binding[] {
  const adopted = adoptedVersion(request, role) !== undefined;
  const readers = role === 'record' ? [operator] : unique([request.platform, operator]);
  const reads = { role: accessorRole, members: readers };
  return adopted ? [reads] : [reads, { role: adderRole, members: [operator] }];
}

function grantStep(resource: string, bindings: readonly Binding[], purpose: string): CustodyStep {
  const whom = bindings.map(({ role, members }) => `${shortRole(role)} to ${members.map(shortMember).join(' and ')}`);
  return {
    kind: 'grant',
    resource,
    change: `grant ${whom.join('; ')} on ${lastPart(resource)}`,
    reason: `so that they can ${purpose}`,
    risk: 'notable',
    bindings,
  };
}

const shortRole = (role: string): string => role.replace(/^roles\//, '');
const shortMember = (member: string): string => member.replace(/^serviceAccount:/, '');

/** The part of `wanted` that `present` does not give yet. */
export function missingBindings(wanted: readonly Binding[], present: readonly Binding[]): Binding[] {
  return wanted
    .map(({ role, members }) => {
      const has = new Set(present.filter((binding) => binding.role === role).flatMap((binding) => binding.members));
      return { role, members: members.filter((member) => !has.has(member)) };
    })
    .filter(({ members }) => members.length > 0);
}

function cryptoKeyFindings(request: OnboardingRequest, certificate: Certificate, observed: ObservedCustody): Finding[] {
  const key = observed.cryptoKey;
  if (!key) return [];
  const findings: Finding[] = [];
  const unsuitable = (message: string) => findings.push({ code: 'CRYPTO_KEY_UNSUITABLE', where: key.name, message });
  if (key.purpose !== 'ASYMMETRIC_SIGN') unsuitable(`Its purpose is ${key.purpose}, not ASYMMETRIC_SIGN.`);
  if (!request.existing.keyVersion && key.protectionLevel !== request.google.protectionLevel) {
    unsuitable(
      `Its protection level is ${key.protectionLevel}; the tenant file says ${request.google.protectionLevel}.`,
    );
  }
  if (!request.existing.keyVersion && !key.importOnly) unsuitable('It is not import-only.');
  const version = versionOfKey(request, certificate, observed);
  if (version?.state === 'DISABLED' && !version.disabledByRun) {
    findings.push({ code: 'KEY_VERSION_DISABLED', where: version.name, message: 'The version is DISABLED.' });
  }
  if (version?.state === 'DESTROY_SCHEDULED') {
    findings.push({ code: 'KEY_VERSION_DESTROYED', where: version.name, message: 'The version is DESTROY_SCHEDULED.' });
  }
  return findings;
}

function secretFindings(request: OnboardingRequest, observed: ObservedCustody): Finding[] {
  const findings: Finding[] = [];
  for (const [role, secret] of Object.entries(observed.secrets) as [SecretRole, ObservedSecret | undefined][]) {
    if (!secret || adoptedVersion(request, role)) continue;
    const unsuitable = (message: string) => findings.push({ code: 'SECRET_UNSUITABLE', where: secret.name, message });
    if (!secret.ours) unsuitable('Its labels do not say that it belongs to this admin client.');
    if (!sameReplication(secret.replication, request.google.replication)) {
      unsuitable(
        `It is replicated ${replicationText(secret.replication)}; the tenant file says ${replicationText(request.google.replication)}.`,
      );
    }
  }
  return findings;
}

const replicationText = (replication: Replication): string =>
  replication === 'automatic' ? 'automatically' : `in ${replication.locations.toSorted().join(', ')}`;

const sameReplication = (one: Replication, other: Replication): boolean =>
  replicationText(one) === replicationText(other);

const unique = (members: readonly string[]): string[] => [...new Set(members)];
