/** Whether a client may have the scopes that its grant asks for. */

import type { VerifiedGrant } from './grant.ts';
import { TokenRefusal } from './maskinporten-errors.ts';
import type { OAuthClient, ScopeRecord } from './models.ts';

export type AuthorizedGrant = {
  readonly scopes: readonly ScopeRecord[];
  /** The organisation in whose name the token acts; the client's own unless another has delegated. */
  readonly consumer: string;
  /** The client's organisation, where the consumer is another. */
  readonly supplier?: string;
};

/** What the token endpoint knows of scopes, maybe not yet of the newest changes. */
export type ScopeView = {
  find(scope: string): ScopeRecord | undefined;
  /** Whether the organisation was given access, and has it still. */
  hasAccess(scope: string, organisation: string): boolean;
};

/**
 * Each scope must be on the client (MP-200), be meant for clients of its kind (MP-201), and the consumer must have access to it
 * (MP-250), by delegation where the grant names another consumer (MP-251): possible for scopes with a delegation source alone.
 */
export function authorize(grant: VerifiedGrant, view: ScopeView): AuthorizedGrant {
  const { client, claims } = grant;
  const own = client.client_orgno;
  const consumer = claims.consumerOrg ?? own;
  if (claims.consumerOrg === own) throw new TokenRefusal('own-consumer-org', 'consumer_org is the client itself');

  const scopes = claims.scopes.map((name) => {
    const record = view.find(name);
    if (!record?.scope.active || !client.scopes.includes(name)) {
      throw new TokenRefusal('MP-200', `${name} is not a scope of the client`);
    }
    return record;
  });
  for (const record of scopes) checkScope(record, client, consumer, view);
  return { scopes, consumer, ...(consumer !== own && { supplier: own }) };
}

function checkScope({ scope, delegations }: ScopeRecord, client: OAuthClient, consumer: string, view: ScopeView): void {
  const own = client.client_orgno;
  const types = scope.allowed_integration_types;
  if (types.length > 0 && !types.includes(client.integration_type)) {
    throw new TokenRefusal('MP-201', `${scope.name} is for ${types.join(', ')}`);
  }
  if (!scope.accessible_for_all && !view.hasAccess(scope.name, consumer)) {
    throw new TokenRefusal('MP-250', `${consumer} has no access to ${scope.name}`, { scope: scope.name });
  }
  const delegated =
    scope.delegation_source !== undefined &&
    delegations.some((one) => one.consumer === consumer && one.supplier === own);
  if (consumer !== own && !delegated) {
    const details = { scope: scope.name, consumer, supplier: own };
    throw new TokenRefusal('MP-251', `${consumer} has not delegated ${scope.name} to ${own}`, details);
  }
}
