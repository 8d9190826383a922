/** Which scopes a client may be given: known, meant for its kind, and open to its organisation. */

import type { OAuthClient } from '../models.ts';
import { accessId, type Registry } from '../registry.ts';
import type { ApiFinding } from './errors.ts';

/** ID-porten's own: they are part of the protocol, and no organisation owns them. */
const PROTOCOL_SCOPES = ['openid', 'profile', 'eidas', 'no_pid'];

/** `former` is the client as it was: what it has already, it keeps. */
export function scopeFindings(client: OAuthClient, former: OAuthClient | undefined, registry: Registry): ApiFinding[] {
  const login = client.integration_type === 'idporten' || client.integration_type === 'api_klient';
  const added = client.scopes.filter((name) => !former?.scopes.includes(name));
  return added.flatMap((name) => {
    if (login && PROTOCOL_SCOPES.includes(name)) return [];
    const finding = scopeFinding(name, client, registry);
    return finding === undefined ? [] : [{ field: 'scopes', message: `scopes ${name} ${finding}` }];
  });
}

function scopeFinding(name: string, client: OAuthClient, { scopes, accesses }: Registry): string | undefined {
  if (/^idporten:(dcr|scopes)/.test(name)) return 'can only be assigned by Digdir';
  const record = scopes.get(name);
  if (!record?.scope.active) return 'is not a known scope';
  const types = record.scope.allowed_integration_types;
  if (types.length > 0 && !types.includes(client.integration_type)) return `is not for ${client.integration_type}`;
  const approved = accesses.get(accessId(name, client.client_orgno))?.state === 'APPROVED';
  const open = record.scope.accessible_for_all || approved;
  return open ? undefined : `is not open to organization ${client.client_orgno}`;
}
