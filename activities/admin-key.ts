/**
 * Keys of an admin client. Whether the present one still signs: the crypto key is marked when it is compromised, the version
 * has a state. And which former ones are compromised, and may be registered at Digdir still.
 */

import type { ActiveDocument } from '../domain/active-document.ts';
import type { ObservedAdmin } from '../domain/inventory.ts';
import { parentOf, sameResource } from '../domain/names.ts';
import { howOut, replacing } from '../domain/key-out-of-use.ts';
import type { OutOfUse } from '../domain/key-out-of-use.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ClientKind } from '../domain/tenant.ts';
import type { Limits } from '../services/limits.ts';
import { parseActive } from './active-document.ts';
import { compromisedLabel, compromisedVersionLabel } from './crypto-key-choice.ts';
import type { Services } from './services.ts';

type Signing = Pick<ActiveDocument, 'keyVersion' | 'certificate'>;

/** How the document's key is out of use; nothing when it signs. */
export async function outOfUse(
  { kms }: Services,
  limits: Limits,
  { keyVersion, certificate }: Signing,
): Promise<OutOfUse | undefined> {
  const [version, key] = await Promise.all([
    kms.version(keyVersion, limits),
    kms.cryptoKey(parentOf(keyVersion), limits),
  ]);
  const compromised = key?.labels[compromisedLabel] === 'true';
  if (version?.state === 'ENABLED' && !compromised) return undefined;
  return { serialNumber: certificate.serialNumber, compromised };
}

/**
 * Does what signs with the document's key. When Google refuses it because the key is out of use, no time mends that: then
 * ADMIN_KEY_OUT_OF_USE says so. Looks at the key only after a refusal.
 */
export async function signingAs<T>(
  services: Services,
  limits: Limits,
  kind: ClientKind,
  document: Signing,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || !(error.code === 'GOOGLE_DENIED' || error.code === 'GOOGLE_REFUSED'))
      throw error;
    // Who may not look, or cannot now, has the refusal itself.
    const out = await outOfUse(services, limits, document).catch(() => undefined);
    if (!out) throw error;
    const message = `The ${kind} admin client${howOut(out)}, gets no token: ${document.keyVersion}. A new one: ${replacing(kind, out)}.`;
    throw new Refusal('ADMIN_KEY_OUT_OF_USE', message);
  }
}

/** The kids under which former documents of the secret named a key that was compromised since. */
export async function observeRevoked(
  { kms, secrets }: Services,
  limits: Limits,
  secret: string,
  active: ActiveDocument,
): Promise<NonNullable<ObservedAdmin['revoked']>> {
  const versions = await secrets.readFrom(secret, 1, limits);
  const former = versions
    .map(({ name, data }) => parseActive(name, data))
    .filter(({ assertion, keyVersion }) => assertion.style === 'kid' && !sameResource(keyVersion, active.keyVersion));
  const names = [...new Set(former.map(({ keyVersion }) => parentOf(keyVersion)))];
  const keys = new Map(
    await Promise.all(names.map(async (name) => [name, await kms.cryptoKey(name, limits)] as const)),
  );
  return former.flatMap(({ assertion, certificate: { serialNumber }, keyVersion }) => {
    const labels = keys.get(parentOf(keyVersion))?.labels;
    const isRevoked = labels?.[compromisedVersionLabel(keyVersion)] === 'true';
    return isRevoked && assertion.style === 'kid' ? [{ kid: assertion.kid, serialNumber }] : [];
  });
}
