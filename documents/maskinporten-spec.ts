/** From the draft of a Maskinporten client in which nothing is wrong to what should be registered. */

import type { ExposedScope, MaskinportenSpec, PlatformDefaults } from '../domain/oauth-client.ts';
import { separatorFor, type MaskinportenDraft } from './maskinporten-draft.ts';
import type { MaskinportenScopes } from './maskinporten-schema.ts';

type Declared = Omit<MaskinportenSpec, 'preserve' | 'oldKeys'>;

/** The draft with the defaults of what it leaves out; `undefined` when its scopes are not in the right form. */
export function maskinportenSpecOf(
  { clientName, scopes }: MaskinportenDraft,
  defaults: PlatformDefaults,
): Declared | undefined {
  if (!scopes) return undefined;
  const { defaultScope, scopePrefix = '' } = defaults.maskinporten ?? {};
  const consumes = scopes.consumes.map(({ name }) => name);
  return {
    integrationType: 'maskinporten',
    clientName: clientName ?? defaults.clientName,
    clientUri: defaults.clientUri,
    consumes: consumes.length === 0 && defaultScope !== undefined ? [defaultScope] : consumes,
    exposes: scopes.exposes.map((declared) => exposedScope(declared, scopePrefix)),
    accessTokenLifetime: defaults.accessTokenLifetime,
    sessionLifetime: defaults.sessionLifetime,
  };
}

const exposedScope = (declared: MaskinportenScopes['exposes'][number], prefix: string): ExposedScope => ({
  ...declared,
  prefix,
  separator: separatorFor(declared.name, declared.separator),
  allowedIntegrations: [...new Set(declared.allowedIntegrations)],
});
