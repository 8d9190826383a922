/** The invariants of an onboarding that ended well, whatever befell it. */

import { isDeepStrictEqual } from 'node:util';
import type { ActiveDocument } from '../../domain/active-document.ts';
import { enabledVersions, keyVersions, withoutProject } from './evidence.ts';
import type { Binding, Evidence } from './evidence.ts';
import type { Invariant } from './scenario.ts';

export const onboarded: readonly Invariant<Evidence>[] = [
  {
    name: 'the run ends onboarded',
    breach: ({ result }) => (result.outcome === 'onboarded' ? undefined : `${result.outcome}: ${result.reason}`),
  },
  { name: 'one enabled key version, that of the certificate', breach: otherThanOneEnabledKey },
  { name: 'the key is imported once', breach: importedAgain },
  { name: 'each resource exists once, and no other', breach: missingOrOrphaned },
  { name: 'one enabled chain', breach: (evidence) => notTheOne(evidence, 'chain') },
  { name: 'one enabled client id', breach: (evidence) => notTheOne(evidence, 'clientId') },
  { name: 'one active document', breach: otherThanOneDocument },
  { name: 'the active document names what is enabled', breach: pointsElsewhere },
  { name: 'one record of the run', breach: otherThanOneRecord },
  { name: 'exactly the expected rights', breach: otherRights },
];

function otherThanOneEnabledKey(evidence: Evidence): string | undefined {
  const enabled = keyVersions(evidence).filter(({ state }) => state === 'ENABLED');
  const [one] = enabled;
  if (enabled.length !== 1) return `${enabled.length} are enabled: ${enabled.map(({ name }) => name).join(', ')}`;
  return one?.publicKey === evidence.expected.publicKey ? undefined : `${one?.name} holds another key`;
}

/** Where two attempts overlap, both may have compared before either imported; the double is then disabled. */
export function importedAgain(evidence: Evidence): string | undefined {
  if (evidence.overlapping) return undefined;
  const held = keyVersions(evidence).filter(({ publicKey }) => publicKey === evidence.expected.publicKey);
  return held.length <= 1 ? undefined : `${held.length} versions hold the key`;
}

export function missingOrOrphaned({ world, expected }: Evidence): string | undefined {
  const { keyRing, cryptoKey, chain, clientId, active, record } = expected;
  const found = [...world.keyRings, ...world.cryptoKeys, ...world.secrets].map(({ name }) => withoutProject(name));
  const wanted = [keyRing, cryptoKey, chain, clientId, active, record];
  return isDeepStrictEqual(found.toSorted(), wanted.toSorted()) ? undefined : `there are ${found.join(', ')}`;
}

function notTheOne(evidence: Evidence, role: 'chain' | 'clientId'): string | undefined {
  const enabled = enabledVersions(evidence, evidence.expected[role]);
  if (enabled.length !== 1) return `${enabled.length} versions are enabled`;
  return enabled[0]?.payload?.equals(evidence.expected.contents[role]) ? undefined : 'its content is another';
}

function otherThanOneDocument(evidence: Evidence): string | undefined {
  const documents = enabledVersions(evidence, evidence.expected.active).map(({ payload }) => payload?.toString() ?? '');
  const different = new Set(documents);
  return different.size === 1 ? undefined : `there are ${different.size} different documents`;
}

function pointsElsewhere(evidence: Evidence): string | undefined {
  const { expected, result } = evidence;
  const last = enabledVersions(evidence, expected.active).at(-1)?.payload;
  if (!last) return 'there is none';
  const document = JSON.parse(last.toString()) as ActiveDocument;
  const key = keyVersions(evidence).find(({ name }) => withoutProject(name) === withoutProject(document.keyVersion));
  if (key?.state !== 'ENABLED') return `the key version ${document.keyVersion} is ${key?.state ?? 'missing'}`;
  if (key.publicKey !== expected.publicKey) return `${document.keyVersion} does not hold the key of the certificate`;
  for (const [secret, version] of [
    [expected.chain, document.chainVersion],
    [expected.clientId, document.clientIdVersion],
  ] as const) {
    const enabled = enabledVersions(evidence, secret).map(({ number }) => `${secret}/versions/${number}`);
    if (!enabled.includes(withoutProject(version))) return `${version} is not enabled`;
  }
  return isDeepStrictEqual(result.active?.document, document) ? undefined : 'the result tells another document';
}

export function otherThanOneRecord(evidence: Evidence): string | undefined {
  const records = enabledVersions(evidence, evidence.expected.record).map(({ payload }) => payload?.toString() ?? '');
  const ofThisRun = new Set(records.filter((text) => isRecordOf(text, evidence)));
  return ofThisRun.size === 1 ? undefined : `there are ${ofThisRun.size} different records of ${records.length}`;
}

function isRecordOf(text: string, { result }: Evidence): boolean {
  const { outcome } = JSON.parse(text) as { outcome?: unknown };
  return outcome === result.outcome;
}

export function otherRights(evidence: Evidence): string | undefined {
  const { world, expected } = evidence;
  if (!isDeepStrictEqual(world.bindings, expected.projectBindings)) return 'those of the project were changed';
  for (const { name, bindings } of [...world.keyRings, ...world.cryptoKeys, ...world.secrets]) {
    const [found, wanted] = [bindings as readonly Binding[], expected.bindings[withoutProject(name)] ?? []].map(
      inOrder,
    );
    if (!isDeepStrictEqual(found, wanted)) return `${name}: ${JSON.stringify(found)}`;
  }
  return undefined;
}

const inOrder = (bindings: readonly Binding[]): string[] =>
  bindings.flatMap(({ role, members }) => members.map((member) => `${member} has ${role}`)).toSorted();

/** What a second run finds and leaves. */
export type Repetition = {
  readonly before: Evidence['world'];
  readonly after: Evidence['world'];
  readonly outcome: string;
};

export const repeated: readonly Invariant<Repetition>[] = [
  {
    name: 'onboarding again finds nothing to do',
    breach: ({ outcome }) => (outcome === 'unchanged' ? undefined : `it ends ${outcome}`),
  },
  {
    name: 'onboarding again leaves everything as it is',
    breach: ({ before, after }) => (isDeepStrictEqual(before, after) ? undefined : 'something has changed'),
  },
];

export type TokenEvidence = { readonly scopes: readonly string[]; readonly token: readonly string[] | string };

export const usable: readonly Invariant<TokenEvidence>[] = [
  {
    name: 'the platform gets a token with what is active',
    breach: ({ scopes, token }) => {
      if (typeof token === 'string') return token;
      return isDeepStrictEqual(token.toSorted(), scopes.toSorted()) ? undefined : `for ${token.join(' ')}`;
    },
  },
];
