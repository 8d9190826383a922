/** Which scopes a client may be given: known, active, meant for its kind, and open to its organisation. */

import type { OAuthClient } from '../models.ts';
import { accessId, type Registry } from '../registry.ts';
import type { DigdirSettings } from '../settings.ts';
import type { ApiFinding } from './errors.ts';

/** ID-porten's own: they are part of the protocol, and no organisation owns them. */
const PROTOCOL_SCOPES = ['openid', 'profile', 'eidas', 'no_pid'];

/** `former` is the client as it was. What it has already is judged anew, but for what Digdir alone can assign. */
export function scopeFindings(
  client: OAuthClient,
  former: OAuthClient | undefined,
  registry: Registry,
  settings: DigdirSettings,
): ApiFinding[] {
  const login = client.integration_type === 'idporten' || client.integration_type === 'api_klient';
  return client.scopes.flatMap((name) => {
    if (login && PROTOCOL_SCOPES.includes(name)) return [];
    const held = former?.scopes.includes(name) === true;
    if (held && (settings.heldScopesAreKept || isDigdirs(name))) return [];
    const finding = scopeFinding(name, client, registry);
    return finding === undefined ? [] : [{ field: 'scopes', message: `scopes ${name} ${finding}` }];
  });
}

function scopeFinding(name: string, client: OAuthClient, { scopes, accesses }: Registry): string | undefined {
  if (isDigdirs(name)) return 'can only be assigned by Digdir';
  const scope = scopes.get(name)?.scope;
  if (!scope?.active) return 'is not a known scope';
  const types = scope.allowed_integration_types;
  if (types.length > 0 && !types.includes(client.integration_type)) return `is not for ${client.integration_type}`;
  // A supplier is never given access itself: it registers the scope in order to act for those who delegate theirs.
  const delegable = scope.delegation_source !== undefined;
  const approved = accesses.get(accessId(name, client.client_orgno))?.state === 'APPROVED';
  const open = scope.accessible_for_all || approved || delegable;
  return open ? undefined : `is not open to organization ${client.client_orgno}`;
}

function isDigdirs(name: string): boolean {
  return /^idporten:(dcr|scopes)/.test(name);
}
