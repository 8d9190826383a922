/** Revocation: a key that somebody else may have is taken out of use at once, before there is another one. */

import type { ObservedActive } from './active-document.ts';
import { signerRole } from './custody.ts';
import type { KeyVersionState } from './custody.ts';
import { lastPart, parentOf, sameResource } from './names.ts';
import type { StepRecord } from './onboarding.ts';
import type { Binding, DigestedPlan, RevocationStep } from './plan.ts';

/** What is known of the key version of the certificate that is called compromised. */
export type CompromisedKey = {
  readonly name: string;
  readonly state: KeyVersionState;
  /** An ended run of ours disabled it, so that a later one may enable it again. */
  readonly disabledByRun: boolean;
  /** What says so for good: on the crypto key, of all that is in it; and of this version. */
  readonly marked: { readonly key: boolean; readonly version: boolean };
  /** Whether the client uses it now; else it shares its crypto key, and so its rights, with the one that is used. */
  readonly active: boolean;
  /** On its crypto key. */
  readonly bindings: readonly Binding[];
};

/** What is kept of a revocation: nobody takes it back, so it has to be known who asked for it, and what came of it. */
export type RevocationRecord = {
  /** Of the certificate, as it was asked for. */
  readonly serialNumber: string;
  readonly by: string;
  /** When the first step began; ISO 8601, UTC. */
  readonly at: string;
  readonly steps: readonly StepRecord[];
};

/** The last document that names a certificate with this serial number. */
export const documentOf = (documents: readonly ObservedActive[], serialNumber: string): ObservedActive | undefined =>
  documents.findLast(({ document }) => sameSerial(document.certificate.serialNumber, serialNumber));

/** Serial numbers as people copy them: `4f:0A` is `04F0A`. */
export const sameSerial = (one: string, other: string): boolean => plainSerial(one) === plainSerial(other);

const plainSerial = (serial: string): string =>
  serial
    .replaceAll(/[^0-9a-f]/gi, '')
    .toUpperCase()
    .replace(/^0+/, '');

/** Rights first, which IAM takes away within minutes: KMS may go on signing with a disabled version for hours. */
export function planRevocation({
  name,
  state,
  disabledByRun,
  marked,
  active,
  bindings,
}: CompromisedKey): RevocationStep[] {
  const steps: RevocationStep[] = [];
  const members = bindings.filter(({ role }) => role === signerRole).flatMap((binding) => binding.members);
  const key = lastPart(parentOf(name));
  if (active && (members.length > 0 || !marked.key)) {
    steps.push({
      kind: 'revoke-rights',
      resource: parentOf(name),
      change:
        members.length > 0
          ? `take the right to sign with ${key} from ${members.join(' and ')}, and import no key into it any more`
          : `import no key into ${key} any more`,
      reason: 'somebody else may have its key',
      risk: 'notable',
    });
  }
  const works = state === 'ENABLED' || (state === 'DISABLED' && disabledByRun);
  const version = `version ${lastPart(name)} of ${key}`;
  // What people took out of use by hand has to be known as compromised too.
  if (works || !marked.version) {
    steps.push({
      kind: 'disable-key-version',
      resource: name,
      change: works ? `disable ${version}, for good` : `keep ${version} out of use, for good`,
      reason: 'somebody else may have its key',
      risk: 'notable',
    });
  }
  return steps;
}

/** Whether all is done that was planned to be taken away, which may be nothing; not as long as nothing is planned. */
export function isRevoked(plans: readonly DigestedPlan[], steps: readonly StepRecord[]): boolean {
  const planned = plans.find(({ plan }) => plan.phase === 'revocation')?.plan.steps;
  const done = steps.filter(({ phase, state }) => phase === 'revocation' && state === 'done');
  return planned !== undefined && done.length >= planned.length;
}

/** Whether the client uses the key version now. */
export const isUsed = (active: ObservedActive, keyVersion: string): boolean =>
  sameResource(active.document.keyVersion, keyVersion);
