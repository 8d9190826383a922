/** What must be true of an admin client's certificate all the time: looked at after every write, before its caller goes on. */

import { createPublicKey, X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ActiveDocument } from '../../domain/active-document.ts';
import type { RotationSettings } from '../../domain/rotation.ts';
import type { Call } from '../../local/calls.ts';
import { withoutProject } from './evidence.ts';
import { changesSomething } from './fault.ts';
import { chainOf, proofIn, proofOf, tokenBy } from './reader.ts';
import { createRevocationWitness } from './revocation-witness.ts';
import type { Stage } from './stage.ts';

export type RotationWitness = {
  readonly see: (call: Call) => Promise<void>;
  /** What was not so at some time, by the name of the invariant, as it was first seen. */
  readonly breaches: ReadonlyMap<string, string>;
  /** How often it was looked. */
  looks(): number;
};

export const atAllTimes = {
  works: 'the active document names an enabled key of its certificate, and brings a token',
  provenFirst: 'nothing is active before it is proven',
  drained: 'a key goes only when nobody uses its document any more',
  provenAgain: 'an old key goes only after a token that follows the soak',
} as const;

/** The documents that can be read, oldest first: the last one is active. */
export function documentsOf({ cloud, tenant }: Stage): readonly ActiveDocument[] {
  const secret = `secrets/${tenant}-local-maskinporten-active`;
  return cloud.google
    .inspect()
    .secrets.filter(({ name }) => withoutProject(name) === secret)
    .flatMap(({ versions }) => versions.filter(({ state }) => state === 'ENABLED'))
    .map(({ payload }) => JSON.parse(payload?.toString() ?? '') as ActiveDocument);
}

/** Whether, as things stand, the document that was active at first may bring no token any more. */
export type Gap = () => boolean;

/**
 * What is active already counts as proven. Without a gap it brings a token until another is active, and the other one
 * from then on.
 */
export async function createRotationWitness(
  stage: Stage,
  settings: RotationSettings,
  gap: Gap = () => false,
): Promise<RotationWitness> {
  const { digdir } = stage.cloud;
  const breaches = new Map<string, string>();
  const [first] = documentsOf(stage).slice(-1);
  const compromised = settings.compromised && first ? withoutProject(first.keyVersion) : undefined;
  const revoked = compromised === undefined ? () => ({}) : createRevocationWitness(stage, compromised);
  const proofs = first ? [{ proof: await proofOf(stage, first), at: 0 }] : [];
  let sent = digdir.receivedAssertions().length;
  let before = enabledKeys(stage);
  let looks = 0;

  async function hearProofs(): Promise<void> {
    const assertions = digdir.receivedAssertions();
    const fresh = assertions.slice(sent);
    sent = assertions.length;
    for (const assertion of fresh) {
      const judged = await digdir.judge(assertion);
      if (typeof judged !== 'string') proofs.push({ proof: proofIn(assertion), at: Date.now() });
    }
  }

  return {
    breaches,
    looks: () => looks,
    async see(call) {
      if (!changesSomething(call)) return;
      looks += 1;
      const now = Date.now();
      const enabled = enabledKeys(stage);
      // A compromised key goes at once, used or not.
      const gone = before.filter((name) => !enabled.includes(name) && name !== compromised);
      before = enabled;
      await hearProofs();
      const documents = documentsOf(stage);
      const active = documents.at(-1);
      const proof = active && (await proofOf(stage, active).catch(() => undefined));
      const ofActive = proofs.filter((one) => one.proof === proof);
      const retired = gone.find((name) => documents.some(({ keyVersion }) => withoutProject(keyVersion) === name));
      const inGap = isDeepStrictEqual(active, first) && gap();
      const found = {
        ...revoked(),
        [atAllTimes.works]: inGap ? undefined : active ? await whyBroken(stage, active) : 'there is none',
        [atAllTimes.provenFirst]: ofActive.length > 0 ? undefined : `no token was had by ${proof?.slice(-20)}`,
        [atAllTimes.drained]: retired && active && gone && tooEarly(retired, active, settings.drain, now),
        [atAllTimes.provenAgain]:
          retired && active && !isRolledBack(active)
            ? ofActive.map(({ at }) => tooEarly(retired, active, settings.soak, at)).at(-1)
            : undefined,
      };
      for (const [invariant, reason] of Object.entries(found)) {
        if (reason !== undefined && !breaches.has(invariant)) {
          breaches.set(invariant, `${reason}, after call ${call.index}, ${call.method}`);
        }
      }
    },
  };
}

function enabledKeys({ cloud }: Stage): string[] {
  const versions = cloud.google.inspect().cryptoKeys.flatMap((key) => key.versions);
  return versions.filter(({ state }) => state === 'ENABLED').map(({ name }) => withoutProject(name));
}

/** Why the document brings nobody a token; nothing when it does. */
export async function whyBroken(stage: Stage, document: ActiveDocument): Promise<string | undefined> {
  const { keyVersion, chainVersion, scopes } = document;
  const versions = stage.cloud.google.inspect().cryptoKeys.flatMap((key) => key.versions);
  const key = versions.find(({ name }) => withoutProject(name) === withoutProject(keyVersion));
  if (key?.state !== 'ENABLED') return `${keyVersion} is ${key?.state ?? 'missing'}`;
  try {
    const [leaf = ''] = await chainOf(stage, chainVersion);
    const { publicKey } = new X509Certificate(Buffer.from(leaf, 'base64'));
    if (!publicKey.equals(createPublicKey(key.publicKey ?? ''))) return `${keyVersion} is not of ${chainVersion}`;
    const token = await tokenBy(stage, document);
    if (typeof token === 'string') return token;
    const missing = scopes.filter((scope) => !token.includes(scope));
    return missing.length === 0 ? undefined : `the token lacks ${missing.join(' ')}`;
  } catch (error) {
    return String(error);
  }
}

function tooEarly(key: string, { activatedAt = '' }: ActiveDocument, seconds: number, at: number): string | undefined {
  const early = Date.parse(activatedAt) + seconds * 1000 - at;
  return early <= 0 ? undefined : `${key} goes, and ${early} ms were left`;
}

const isRolledBack = ({ approvals }: ActiveDocument): boolean => approvals.at(-1)?.gate === 'roll-back';
