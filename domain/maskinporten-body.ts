/** What Digdir's self-service API is told about an application's Maskinporten client. */

import { machineBody } from './client-body.ts';
import type { ClientBody } from './client-body.ts';
import type { MaskinportenSpec, OAuthClientName } from './oauth-client.ts';

/**
 * The body of `POST /api/v1/clients` and `PUT /api/v1/clients/{id}`. `scopes`: of those that the declaration names, the ones
 * that the organisation has access to, since Digdir refuses the whole client for one that it has not.
 */
export function maskinportenBody(
  client: OAuthClientName,
  spec: MaskinportenSpec,
  scopes: readonly string[],
): ClientBody {
  return machineBody(client, spec, scopes);
}
