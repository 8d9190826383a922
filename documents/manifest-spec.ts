/** From the draft of a manifest in which nothing is wrong to what should be registered. */

import type { OAuthClientSpec, PlatformDefaults } from '../domain/oauth-client.ts';
import { defaultScopes } from '../domain/scopes.ts';
import type { Draft, Placed } from './manifest-draft.ts';

type IdportenSpec = Omit<OAuthClientSpec, 'preserve' | 'oldKeys'>;

/** The draft with the defaults of what it leaves out; addresses and scopes each once, and none of a login for `krr`. */
export function specOf(draft: Draft, defaults: PlatformDefaults): IdportenSpec {
  const integrationType = draft.integrationType ?? 'idporten';
  const isLogin = integrationType !== 'krr';
  const clientUri = draft.clientUri?.value ?? defaults.clientUri;
  const logout = isLogin ? draft.frontchannelLogoutUri?.value : undefined;
  return {
    integrationType,
    clientName: draft.clientName ?? defaults.clientName,
    clientUri,
    redirectUris: isLogin ? values(draft.redirectUris) : [],
    postLogoutRedirectUris: isLogin ? (nonEmpty(values(draft.postLogoutRedirectUris)) ?? [clientUri]) : [],
    ...(logout === undefined ? {} : { frontchannelLogoutUri: logout }),
    scopes: nonEmpty(values(draft.scopes)) ?? defaultScopes[integrationType],
    accessTokenLifetime: draft.accessTokenLifetime ?? defaults.accessTokenLifetime,
    sessionLifetime: draft.sessionLifetime ?? defaults.sessionLifetime,
    ssoDisabled: draft.ssoDisabled,
  };
}

/** The values, each once. */
const values = (placed: readonly Placed[]): string[] => [...new Set(placed.map(({ value }) => value))];

const nonEmpty = (list: readonly string[]): readonly string[] | undefined => (list.length > 0 ? list : undefined);
