/** Observing a client: our record, the client at Digdir with its keys, what is published, and the scopes that it exposes. */

import type { ObservedClient, ObservedScope } from '../domain/client-step.ts';
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
  const { clientId, published: version } = held?.record ?? {};
  if (!held || clientId === undefined) return { keys: [], ...(held ? { record: held.record } : {}) };
  const { record } = held;
  const { selfService } = services;
  const [found, credentials, lost] = await Promise.all([
    selfService.client(clientId, token, limits),
    version === undefined ? undefined : readCredentials(services, limits, request, version),
    lostCandidates(services, limits, request, record),
  ]);
  const keys = found ? await selfService.keys(clientId, token, limits) : [];
  const published = credentials && { kid: credentials.key.kid, variables: credentials.variables };
  return { record, keys, lost, ...(found ? { found } : {}), ...(published ? { published } : {}) };
}

function declaredScopes({ operation }: ProvisioningRequest): string[] {
  if (operation.kind !== 'apply' || operation.spec.integrationType !== 'maskinporten') return [];
  return operation.spec.exposes.map(scopeName);
}

async function observeScope({ scopes }: Services, limits: Limits, name: string, token: string): Promise<ObservedScope> {
  const found = await scopes.scope(name, token, limits);
  if (!found) return { name, consumers: [] };
  return { name, found, consumers: await scopes.consumers(name, token, limits) };
}
