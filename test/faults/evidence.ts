/** What the invariants of an onboarding are judged by: the world as it is afterwards, and what it should hold. */

import { X509Certificate } from 'node:crypto';
import { takeToken } from '../../activities/token.ts';
import type { OnboardingRequest, OnboardingResult } from '../../domain/onboarding.ts';
import type { LocalGoogle } from '../../local/google.ts';
import { createServices } from '../../worker/services.ts';
import { readSettings } from '../../worker/settings.ts';
import type { Stage } from './stage.ts';

type World = ReturnType<LocalGoogle['inspect']>;

export type Evidence = {
  readonly world: World;
  readonly expected: Expected;
  readonly result: OnboardingResult;
  /** Whether two attempts of an activity may have been under way at once. */
  readonly overlapping: boolean;
};

export type Binding = { readonly role: string; readonly members: readonly string[] };

/** Names without their project: Google answers with its number. */
export type Expected = {
  readonly keyRing: string;
  readonly cryptoKey: string;
  readonly chain: string;
  readonly clientId: string;
  readonly active: string;
  readonly record: string;
  readonly contents: { readonly chain: Buffer; readonly clientId: Buffer };
  /** SubjectPublicKeyInfo of the certificate, PEM. */
  readonly publicKey: string;
  readonly scopes: readonly string[];
  /** By resource. */
  readonly bindings: Readonly<Record<string, readonly Binding[]>>;
  readonly projectBindings: World['bindings'];
};

/** Spelled out here, and not taken from the product: it is what the product is judged by. */
export function expectedOf(stage: Stage, request: OnboardingRequest): Expected {
  const { cloud, issued } = stage;
  const { location, keyRing } = request.google;
  const subject = `${request.tenant}-${request.environment}-${request.kind}`;
  const ring = `locations/${location}/keyRings/${keyRing}`;
  const secret = (role: string) => `secrets/${subject}-${role}`;
  const names = {
    keyRing: ring,
    cryptoKey: `${ring}/cryptoKeys/${subject}`,
    chain: secret('cert-chain'),
    clientId: secret('client-id'),
    active: secret('active'),
    record: secret('record'),
  };
  const operator = `serviceAccount:${cloud.accounts.operator}`;
  const both = [operator, request.platform].toSorted();
  const sign = { role: 'roles/cloudkms.signerVerifier', members: both };
  const read = { role: 'roles/secretmanager.secretAccessor', members: both };
  const add = { role: 'roles/secretmanager.secretVersionAdder', members: [operator] };
  return {
    ...names,
    contents: { chain: Buffer.from(issued.chain.join('')), clientId: Buffer.from(request.client.clientId) },
    publicKey: new X509Certificate(issued.leaf).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    scopes: request.client.scopes,
    bindings: {
      [names.keyRing]: [],
      [names.cryptoKey]: [sign],
      [names.chain]: [read, add],
      [names.clientId]: [read, add],
      [names.active]: [read, add],
      [names.record]: [{ ...read, members: [operator] }, add],
    },
    projectBindings: cloud.google.inspect().bindings,
  };
}

/** The name as it stands in `Expected`: Google writes the project by its number. */
export const withoutProject = (name: string): string => name.replace(/^projects\/[^/]+\//, '');

export const enabledVersions = ({ world }: Evidence, secret: string) =>
  world.secrets
    .filter(({ name }) => withoutProject(name) === secret)
    .flatMap(({ versions }) => versions.filter(({ state }) => state === 'ENABLED'));

export const keyVersions = ({ world }: Evidence) => world.cryptoKeys.flatMap(({ versions }) => versions);

/** The scopes of a token that the platform gets with what the result hands to it; the reason when it gets none. */
export async function tokenForPlatform(stage: Stage, result: OnboardingResult): Promise<readonly string[] | string> {
  if (!result.active) return 'the result names no active document';
  const settings = readSettings(stage.cloud.variables);
  const accounts = { operator: stage.cloud.accounts.platform };
  const { services, close } = await createServices({ ...settings, accounts }, 'operator', () => {});
  try {
    return (await takeToken(services, { timeout: 10_000 }, result.active.document)).scopes;
  } catch (error) {
    return String(error);
  } finally {
    await close();
  }
}
