/** Keys of an admin client that are compromised, and may be registered at Digdir still. */

import type { ActiveDocument } from '../domain/active-document.ts';
import type { ObservedAdmin } from '../domain/inventory.ts';
import { parentOf, sameResource } from '../domain/names.ts';
import type { Limits } from '../services/limits.ts';
import { parseActive } from './active-document.ts';
import { compromisedVersionLabel } from './crypto-key-choice.ts';
import type { Services } from './services.ts';

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
