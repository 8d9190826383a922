/** The services of one role: every connection in the name of that role's principal. */

import { randomUUID } from 'node:crypto';
import type { Services } from '../activities/services.ts';
import type { WorkerRole } from '../domain/names.ts';
import { createAdminTokens } from '../services/admin-tokens.ts';
import { createGoogleClients } from '../services/google-clients.ts';
import { createIdentity } from '../services/identity.ts';
import { createIdporten } from '../services/idporten.ts';
import { createKms } from '../services/kms.ts';
import { createLatestVersions } from '../services/latest-versions.ts';
import { createMaskinporten } from '../services/maskinporten.ts';
import { createNotices } from '../services/notices.ts';
import { createPermissions } from '../services/permissions.ts';
import { createScopes } from '../services/scopes.ts';
import { createScopeAccess } from '../services/scope-access.ts';
import { createSecretManager } from '../services/secret-manager.ts';
import { createSelfService } from '../services/self-service.ts';
import { selfServiceCalls } from '../services/self-service-calls.ts';
import type { WorkerSettings } from './settings.ts';

export type RoleServices = { readonly services: Services; readonly close: () => Promise<void> };

export async function createServices(
  settings: WorkerSettings,
  role: WorkerRole,
  audit: Services['audit'],
  { runs, gauges }: Pick<Services, 'runs' | 'gauges'> = alone,
): Promise<RoleServices> {
  const { accounts, environment, endpoints, googleEndpoint, impersonate, noticeWebhook, roots } = settings;
  const account = accounts[role];
  const google = await createGoogleClients({
    ...(account && (impersonate || googleEndpoint) ? { account } : {}),
    ...(googleEndpoint ? { endpoint: googleEndpoint } : {}),
  });
  const clock = { now: () => new Date(), uuid: () => randomUUID() };
  const secrets = createSecretManager(google.secrets);
  const calls = selfServiceCalls(endpoints.selfService);
  const scopes = createScopes(calls);
  const services: Services = {
    principal: account ? `serviceAccount:${account}` : `the machine's own credentials`,
    operator: `serviceAccount:${accounts.operator ?? ''}`,
    environment,
    kms: createKms(google.kms),
    secrets,
    permissions: createPermissions(google),
    maskinporten: createMaskinporten(endpoints.maskinportenMetadata, clock),
    selfService: createSelfService(calls),
    scopes,
    idporten: createIdporten(endpoints.idportenMetadata, clock),
    identity: createIdentity(),
    adminTokens: createAdminTokens(clock),
    latestVersions: createLatestVersions(secrets, clock, settings.refresh),
    scopeAccess: createScopeAccess(scopes, clock),
    notices: createNotices(role === 'operator' ? noticeWebhook : undefined),
    runs,
    gauges,
    endpoints,
    roots,
    clock,
    audit,
  };
  return { services, close: () => google.close() };
}

const unconnected = (): Promise<never> => Promise.reject(new Error('Nothing connects these services to Temporal.'));

/** For whoever uses services outside a worker. */
const alone: Pick<Services, 'runs' | 'gauges'> = {
  runs: { start: unconnected, ask: unconnected },
  gauges: { show: () => {} },
};
