/** Which scopes a client of each integration type may have (docs.digdir.no, "Klientregistrering": allowed combinations). */

import type { ClientSpec, IntegrationType } from './oauth-client.ts';

/** What a client gets when its declaration names no scopes. */
export const defaultScopes: Record<IntegrationType, readonly string[]> = {
  idporten: ['openid', 'profile'],
  api_klient: ['openid', 'profile'],
  krr: ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'],
};

/** All that a client of the type may have; any scope where the type is absent. */
const onlyScopes: Partial<Record<ClientSpec['integrationType'], readonly string[]>> = {
  idporten: [...defaultScopes.idporten, 'eidas', 'no_pid'],
  krr: defaultScopes.krr,
};

/** Those of admin clients: Digdir alone gives them. */
const reserved = /^idporten:(dcr|scopes)([.:/]|$)/;

/** Why a client of the type may not have the scope, as a phrase that follows its name; `undefined` when it may. */
export function scopeFault(type: ClientSpec['integrationType'], scope: string): string | undefined {
  if (reserved.test(scope)) return 'administers clients; Digdir gives it to admin clients only';
  const only = onlyScopes[type];
  if (!only || only.includes(scope)) return undefined;
  return `is none of those that the integration type ${type} has: ${only.join(', ')}`;
}

/** Without `openid` there is no login (OpenID Connect Core 1.0, section 3.1.2.1). */
export const needsOpenid = (type: IntegrationType): boolean => type !== 'krr';
