/** What the watch, and the list of what expires, are asked for a tenant. */

import { defaultPace } from '../domain/onboarding.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { WatchRequest } from '../domain/watch.ts';

export function watchRequest(described: Tenant, requestedBy: string): WatchRequest {
  const { tenant, environment, organisation, google, platform, clients, approval, rotation, watch } = described;
  const renewBefore = watch?.renewBefore;
  return {
    tenant,
    environment,
    organisation,
    google,
    platform,
    clients,
    approval,
    rotation,
    ...(renewBefore === undefined ? {} : { renewBefore }),
    requestedBy,
    pace: defaultPace,
  };
}
