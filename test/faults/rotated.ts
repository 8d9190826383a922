/** The invariants of a rotation, whichever way it ended: one certificate is active, and every other key is out of use. */

import { isDeepStrictEqual } from 'node:util';
import { X509Certificate } from 'node:crypto';
import type { ActiveDocument } from '../../domain/active-document.ts';
import type { RunOutcome } from '../../domain/onboarding.ts';
import type { IssuedCertificate } from '../../local/authority/authority.ts';
import { ownNeedles } from '../key-scan/registry.ts';
import { scanBytes } from '../key-scan/scan.ts';
import { enabledVersions, keyVersions, withoutProject } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { otherRights, otherThanOneRecord } from './onboarded.ts';
import { outOfUse } from './revocation-witness.ts';
import { atAllTimes } from './rotation-witness.ts';
import type { Invariant } from './scenario.ts';

export type RotationEvidence = Evidence & {
  readonly outcome: RunOutcome;
  /** Whose certificate is to be active now. */
  readonly certificate: Pick<IssuedCertificate, 'leaf' | 'chain'>;
  /** How many different documents there are to be. */
  readonly documents: number;
  /** How the key versions are to be that documents name, and not the active one. */
  readonly retired: 'ENABLED' | 'DISABLED' | 'DESTROY_SCHEDULED';
  /** What the run has to say of why it ended early, when the new certificate was active. */
  readonly keeps?: string;
  /** Names of the crypto keys that there are to be. */
  readonly cryptoKeys: readonly string[];
  /** Why the active document brings no token. */
  readonly unusable: string | undefined;
  /** What was not so at some time, by the name of the invariant. */
  readonly breaches: ReadonlyMap<string, string>;
};

export const rotated: readonly Invariant<RotationEvidence>[] = [
  {
    name: 'the run ends as it should',
    breach: ({ outcome, result }) =>
      result.outcome === outcome ? undefined : `it is to be ${outcome}, and is ${result.outcome}: ${result.reason}`,
  },
  ...Object.values({ ...atAllTimes, ...outOfUse }).map((name): Invariant<RotationEvidence> => ({
    name,
    breach: ({ breaches }) => breaches.get(name),
  })),
  { name: 'what is active brings a token', breach: ({ unusable }) => unusable },
  { name: 'the wanted certificate is active', breach: otherCertificate },
  { name: 'as many documents as there were changes', breach: otherDocuments },
  { name: 'only the active key version is enabled', breach: otherEnabledKeys },
  { name: 'every other key version is out of use as it should be', breach: otherwiseRetired },
  { name: 'each key is imported once', breach: importedAgain },
  { name: 'of chains and client ids, just those are enabled that documents name', breach: strayContents },
  { name: 'each resource exists once, and no other', breach: missingOrOrphaned },
  { name: 'one record of the run', breach: otherThanOneRecord },
  { name: 'exactly the expected rights', breach: otherRights },
  { name: 'the result tells what is active', breach: otherResult },
  { name: 'the result tells why the run ended early, and what it kept', breach: otherReason },
  { name: 'a private key is nowhere', breach: shownKey },
];

function documentsIn(evidence: Evidence): readonly ActiveDocument[] {
  const versions = enabledVersions(evidence, evidence.expected.active);
  return versions.map(({ payload }) => JSON.parse(payload?.toString() ?? '') as ActiveDocument);
}

const isActive = (evidence: Evidence, name: string): boolean =>
  withoutProject(documentsIn(evidence).at(-1)?.keyVersion ?? '') === withoutProject(name);

const isNamed = (evidence: Evidence, name: string): boolean =>
  documentsIn(evidence).some(({ keyVersion }) => withoutProject(keyVersion) === withoutProject(name));

function otherCertificate(evidence: RotationEvidence): string | undefined {
  const { leaf, chain } = evidence.certificate;
  const active = documentsIn(evidence).at(-1);
  const { serialNumber } = new X509Certificate(leaf);
  if (active?.certificate.serialNumber !== serialNumber) {
    return `${active?.certificate.serialNumber} is active, and not ${serialNumber}`;
  }
  const stored = enabledVersions(evidence, evidence.expected.chain).find(
    ({ number }) => `${evidence.expected.chain}/versions/${number}` === withoutProject(active.chainVersion),
  );
  return stored?.payload?.equals(Buffer.from(chain.join(''))) ? undefined : `${active.chainVersion} is another chain`;
}

function otherDocuments(evidence: RotationEvidence): string | undefined {
  const texts = new Set(documentsIn(evidence).map((document) => JSON.stringify(document)));
  return texts.size === evidence.documents ? undefined : `there are ${texts.size}, not ${evidence.documents}`;
}

/** Beside those that are to be kept, if any. */
function otherEnabledKeys(evidence: RotationEvidence): string | undefined {
  const isKept = (name: string) =>
    evidence.retired === 'ENABLED' && !isActive(evidence, name) && isNamed(evidence, name);
  const enabled = keyVersions(evidence).filter(({ name, state }) => state === 'ENABLED' && !isKept(name));
  const right = enabled.length === 1 && enabled.every(({ name }) => isActive(evidence, name));
  return right ? undefined : enabled.map(({ name }) => name).join(', ') || 'none is';
}

function otherwiseRetired(evidence: RotationEvidence): string | undefined {
  const others = keyVersions(evidence).filter(({ name }) => !isActive(evidence, name));
  const wrong = others.find(({ name, state }) => {
    return state !== (isNamed(evidence, name) ? evidence.retired : 'DISABLED');
  });
  return wrong && `${wrong.name} is ${wrong.state}`;
}

/** Where two attempts overlap, both may have compared before either imported; the double is then disabled. */
function importedAgain(evidence: RotationEvidence): string | undefined {
  if (evidence.overlapping) return undefined;
  const keys = keyVersions(evidence).map(({ publicKey }) => publicKey);
  return new Set(keys).size === keys.length ? undefined : `there are ${keys.length} versions`;
}

function strayContents(evidence: RotationEvidence): string | undefined {
  const documents = documentsIn(evidence);
  const { chain, clientId } = evidence.expected;
  for (const [secret, role] of [
    [chain, 'chainVersion'],
    [clientId, 'clientIdVersion'],
  ] as const) {
    const enabled = enabledVersions(evidence, secret).map(({ number }) => `${secret}/versions/${number}`);
    const named = [...new Set(documents.map((document) => withoutProject(document[role])))];
    if (!isDeepStrictEqual(enabled.toSorted(), named.toSorted())) {
      return `${enabled.join(', ')} are enabled, and ${named.join(', ')} are named`;
    }
  }
  return undefined;
}

function missingOrOrphaned({ world, expected, cryptoKeys }: RotationEvidence): string | undefined {
  const { keyRing, chain, clientId, active, record } = expected;
  const found = [...world.keyRings, ...world.cryptoKeys, ...world.secrets].map(({ name }) => withoutProject(name));
  const wanted = [keyRing, ...cryptoKeys, chain, clientId, active, record];
  return isDeepStrictEqual(found.toSorted(), wanted.toSorted()) ? undefined : `there are ${found.join(', ')}`;
}

/** A run that ended before it changed anything tells none. */
function otherResult(evidence: RotationEvidence): string | undefined {
  const told = evidence.result.active;
  return !told || isDeepStrictEqual(told.document, documentsIn(evidence).at(-1)) ? undefined : told.version;
}

function otherReason(evidence: RotationEvidence): string | undefined {
  const { keeps, result, expected } = evidence;
  if (keeps === undefined) return undefined;
  if (result.reason !== keeps) return result.reason;
  const [told = ''] = result.tidied;
  const kept =
    told.match(/^kept the certificate active that (.+) names, and the former key version as it is$/)?.[1] ?? '';
  const named = enabledVersions(evidence, expected.active).find(
    ({ number }) => `${expected.active}/versions/${number}` === withoutProject(kept),
  );
  const isActiveOne = isDeepStrictEqual(JSON.parse(named?.payload?.toString() ?? '{}'), documentsIn(evidence).at(-1));
  return isActiveOne && result.tidied.length === 1 ? undefined : result.tidied.join(', ') || 'it kept nothing';
}

/** Temporal's database and the logs are searched when all tests are over. */
function shownKey({ result, world }: RotationEvidence): string | undefined {
  const [find] = scanBytes(ownNeedles, Buffer.from(JSON.stringify({ result, world })));
  return find && `${find.secret} (${find.form})`;
}

/** What one more run finds and leaves, for the certificate that is active. */
export type RotationRepetition = {
  readonly before: Evidence['world'];
  readonly after: Evidence['world'];
  readonly outcome: string;
};

export const rotatedAgain: readonly Invariant<RotationRepetition>[] = [
  {
    name: 'once more, there is nothing to do',
    breach: ({ outcome }) => (outcome === 'unchanged' ? undefined : `it ends ${outcome}`),
  },
  {
    name: 'once more, everything stays as it is',
    breach: ({ before, after }) => (isDeepStrictEqual(before, after) ? undefined : 'something has changed'),
  },
];
