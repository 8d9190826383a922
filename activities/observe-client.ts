/** Observing a client: our record, the client at Digdir (or the one to be taken over) with its keys, what is published, and the scopes that it exposes. */

import type { ObservedClient, ObservedScope } from '../domain/client-step.ts';
import { declaredSpec } from '../domain/provisioning.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { scopeName } from '../domain/scope-body.ts';
import type { Limits } from '../services/limits.ts';
import { asAdmin } from './admin-access.ts';
import type { HeldRecord } from './client-record.ts';
import { lostCandidates, readCredentials } from './credentials.ts';
import type { Services } from './services.ts';

/** Nothing secret is in it, so that a plan may hold it. `ADMIN_CLIENT_MISSING` before anything is made. */
export async function observeClient(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  held: HeldRecord | undefined,
): Promise<ObservedClient> {
  const names = new Set([...declaredScopes(request), ...(held?.record.scopes ?? [])]);
  return await asAdmin(services, limits, request, async (token) => {
    const [client, scopes] = await Promise.all([
      observeRegistered(services, limits, request, held, token),
      Promise.all([...names].map((name) => observeScope(services, limits, name, token))),
    ]);
    return { ...client, scopes };
  });
}

async function observeRegistered(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  held: HeldRecord | undefined,
  token: string,
): Promise<ObservedClient> {
  const { record } = held ?? {};
  const { operation } = request;
  const clientId = operation.kind === 'adopt' ? operation.clientId : record?.clientId;
  if (clientId === undefined) return { keys: [], ...(record ? { record } : {}) };
  const { selfService } = services;
  const [found, credentials, lost] = await Promise.all([
    selfService.client(clientId, token, limits),
    record?.published === undefined ? undefined : readCredentials(services, limits, request, record.published),
    record ? lostCandidates(services, limits, request, record) : [],
  ]);
  const keys = found ? await selfService.keys(clientId, token, limits) : [];
  const published = credentials && { kid: credentials.key.kid, variables: credentials.variables };
  return {
    keys,
    lost,
    ...(record ? { record } : {}),
    ...(found ? { found } : {}),
    ...(published ? { published } : {}),
  };
}

function declaredScopes({ operation }: ProvisioningRequest): string[] {
  const spec = declaredSpec(operation);
  return spec?.integrationType === 'maskinporten' ? spec.exposes.map(scopeName) : [];
}

async function observeScope({ scopes }: Services, limits: Limits, name: string, token: string): Promise<ObservedScope> {
  const found = await scopes.scope(name, token, limits);
  if (!found) return { name, consumers: [] };
  return { name, found, consumers: await scopes.consumers(name, token, limits) };
}
