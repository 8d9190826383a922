/** A request for a client, as a command sends it. */

import { randomUUID } from 'node:crypto';
import type { OAuthClientName } from '../domain/oauth-client.ts';
import { defaultPace } from '../domain/onboarding.ts';
import type { Operation, ProvisioningRequest } from '../domain/provisioning.ts';
import type { Tenant } from '../domain/tenant.ts';

const { submission: _submission, ...pace } = defaultPace;

/** Each is a request of its own: only what is sent again under one id is the same. */
export function clientRequest(
  { organisation, google, approval: { wide } }: Tenant,
  client: OAuthClientName,
  operation: Operation,
  requestedBy: string,
): ProvisioningRequest {
  // Scopes are exposed by clients of Maskinporten alone.
  const approval = wide && client.kind === 'maskinporten' ? { approval: { wide } } : {};
  return { id: randomUUID(), client, organisation, google, operation, requestedBy, ...approval, pace };
}
