/** Calls to the self-service API in the name of the admin client that is active, with one token for many of them. */

import type { ActiveDocument } from '../domain/active-document.ts';
import { secretName } from '../domain/names.ts';
import type { OAuthClientName } from '../domain/oauth-client.ts';
import { clientKinds } from '../domain/tenant.ts';
import type { ClientKind, GooglePlace } from '../domain/tenant.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import { parseActive } from './active-document.ts';
import { signingAs } from './admin-key.ts';
import { unlessThere } from './denied.ts';
import type { Services } from './services.ts';
import { takeToken } from './token.ts';

/** What administering clients takes; the admin client may have more. */
const needed: Record<ClientKind, readonly string[]> = {
  idporten: ['idporten:dcr.read', 'idporten:dcr.write'],
  maskinporten: ['idporten:dcr.read', 'idporten:dcr.write', 'idporten:scopes.read', 'idporten:scopes.write'],
};

/** Whose clients are administered, and where the active document is kept. */
type Administered = {
  readonly google: GooglePlace;
  readonly client: Pick<OAuthClientName, 'tenant' | 'environment' | 'kind'>;
};

/** Does the work with an admin token. A token that Digdir no longer takes is replaced, once. Refused: ADMIN_KEY_OUT_OF_USE. */
export async function asAdmin<T>(
  services: Services,
  limits: Limits,
  request: Administered,
  work: (token: string) => Promise<T>,
): Promise<T> {
  const { version, document } = await activeDocument(services, limits, request);
  const scopes = document.scopes.filter((scope) => needed[request.client.kind].includes(scope));
  const key = `${version} ${scopes.join(' ')}`;
  const { kind } = request.client;
  const fetch = () =>
    signingAs(services, limits, kind, document, () => takeToken(services, limits, { ...document, scopes }));
  const { adminTokens } = services;
  try {
    return await work(await adminTokens.take(key, fetch));
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'ADMIN_TOKEN_REFUSED') throw error;
    adminTokens.drop(key);
    return await work(await adminTokens.take(key, fetch));
  }
}

/** Clients are administered by the admin client of their kind. */
export async function activeDocument(
  services: Services,
  limits: Limits,
  { google, client }: Administered,
): Promise<{ readonly version: string; readonly document: ActiveDocument }> {
  const secret = secretName(google, client, 'active');
  const version = await services.latestVersions.latest(secret, limits).catch(unlessThere(services, secret, limits));
  if (!version) {
    const message = `${secret} holds no active document: the ${client.kind} admin client is not onboarded.`;
    throw new Refusal('ADMIN_CLIENT_MISSING', message);
  }
  return { version: version.name, document: parseActive(version.name, version.data) };
}

/** Ids of the admin clients that are active, of both kinds. */
export async function adminClientIds(
  services: Services,
  limits: Limits,
  { google, client }: Administered,
): Promise<string[]> {
  const ids = await Promise.all(
    clientKinds.map(async (kind) => {
      try {
        const { document } = await activeDocument(services, limits, { google, client: { ...client, kind } });
        return [document.clientId];
      } catch (error) {
        if (error instanceof Refusal && error.code === 'ADMIN_CLIENT_MISSING') return [];
        throw error;
      }
    }),
  );
  return ids.flat();
}
