/** Reading and writing the active document: the highest version of its secret, always by number. */

import type { ActiveDocument, ObservedActive } from '../domain/active-document.ts';
import { secretName } from '../domain/names.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { canonicalJson } from '../documents/digest.ts';
import { Refusal } from '../domain/refusal.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { Limits } from '../services/limits.ts';
import { unlessDenied } from './denied.ts';
import type { Services } from './services.ts';

/** The active document, or nothing while there is none. `GOOGLE_DENIED` without the right to read it, which the first run grants. */
export async function readActive(
  { secrets }: Services,
  limits: Limits,
  request: OnboardingRequest,
): Promise<ObservedActive | undefined> {
  const versions = await secrets.readFrom(secretName(request.google, request, 'active'), 1, limits);
  const last = versions.at(-1);
  return last && { version: last.name, document: parseActive(last.name, last.data) };
}

/** Every document that was ever active, in their order; the last one is. */
export async function allDocuments(
  { secrets }: Services,
  limits: Limits,
  request: OnboardingRequest,
): Promise<ObservedActive[]> {
  const versions = await secrets.readFrom(secretName(request.google, request, 'active'), 1, limits);
  return versions.map(({ name, data }) => ({ version: name, document: parseActive(name, data) }));
}

/** The key versions that the active documents of the tenant's other clients name: two clients may have adopted one key. */
export async function keysOfOthers(services: Services, limits: Limits, request: OnboardingRequest): Promise<string[]> {
  const others = clientKinds.filter((kind) => kind !== request.kind);
  const active = await Promise.all(
    others.map(async (kind) => await readActive(services, limits, { ...request, kind }).catch(unlessDenied)),
  );
  return active.flatMap((one) => one?.document.keyVersion ?? []);
}

/** Writes the document unless the active one says exactly the same; tells the version. */
export async function writeActive(
  services: Services,
  limits: Limits,
  request: OnboardingRequest,
  document: ActiveDocument,
): Promise<ObservedActive> {
  const active = await readActive(services, limits, request);
  if (active && canonicalJson(active.document) === canonicalJson(document)) return active;
  const secret = secretName(request.google, request, 'active');
  const version = await services.secrets.addVersion(secret, Buffer.from(canonicalJson(document)), limits);
  return { version, document };
}

/** The document of one version, for a proof of just that. */
export async function readActiveVersion({ secrets }: Services, limits: Limits, name: string): Promise<ActiveDocument> {
  const version = await secrets.read(name, limits);
  if (!version || version === 'unusable') throw new Refusal('CUSTODY_BROKEN', `${name} cannot be read any more.`);
  return parseActive(name, version.data);
}

/** Only onboarding, rotation and its way back write here; whatever else stands there was put there by hand. */
export function parseActive(name: string, data: Buffer): ActiveDocument {
  try {
    return JSON.parse(data.toString()) as ActiveDocument;
  } catch {
    throw new Refusal(
      'CUSTODY_BROKEN',
      `${name} holds no active document. Disable that version if it was added by hand.`,
    );
  }
}
