/** A Nais `Application` as a draft: redirect and logout URIs are inferred from its ingresses. */

import { valueAt, type Path } from './findings.ts';
import { commonDraft, isAbsent, textAt, textsAt, type Draft, type Placed } from './manifest-draft.ts';

const ingressesPath: Path = ['spec', 'ingresses'];
const block: Path = ['spec', 'idporten'];

/** Nais' defaults (manifest of 2023-03). */
const defaultPaths = { redirect: '/oauth2/callback', logout: '/oauth2/logout' };

/** What the sidecar serves, whatever the manifest says (nais/wonderwall, docs/endpoints.md). */
const sidecarPaths = {
  redirect: '/oauth2/callback',
  logout: '/oauth2/logout/frontchannel',
  postLogout: '/oauth2/logout/callback',
};

/** The client of ID-porten that an application declares; `undefined` when it declares none. */
export function applicationDraft(document: unknown): Draft | undefined {
  if (isAbsent(document, block) || valueAt(document, [...block, 'enabled']) === false) return undefined;
  const ingresses = textsAt(document, ingressesPath);
  const sidecar = valueAt(document, [...block, 'sidecar', 'enabled']) === true;
  const field = (name: string): Placed | undefined => textAt(document, [...block, name]);
  const redirectPath = (sidecar ? undefined : field('redirectPath')?.value) ?? defaultPaths.redirect;
  const logoutPath = sidecar ? sidecarPaths.logout : (field('frontchannelLogoutPath')?.value ?? defaultPaths.logout);
  const declaredPostLogout = textsAt(document, [...block, 'postLogoutRedirectURIs']);
  const common = commonDraft(document, block);
  return {
    ...common,
    clientName: undefined,
    redirectUris: below(ingresses, redirectPath),
    redirectUriMissing: isAbsent(document, ingressesPath) ? ingressesPath : undefined,
    frontchannelLogoutUri: below(ingresses, logoutPath)[0],
    frontchannelLogoutMissing: undefined,
    postLogoutRedirectUris: [...(sidecar ? below(ingresses, sidecarPaths.postLogout) : []), ...declaredPostLogout],
    addresses: [...ingresses, ...(common.clientUri ? [common.clientUri] : []), ...declaredPostLogout],
    ssoDisabled: false,
    loginFields: [
      ...['redirectPath', 'frontchannelLogoutPath', 'postLogoutRedirectURIs']
        .map((name) => [...block, name])
        .filter((path) => !isAbsent(document, path)),
      ...(sidecar ? [[...block, 'sidecar']] : []),
    ],
    overruled: sidecar
      ? [
          ...overruled(field('redirectPath'), sidecarPaths.redirect),
          ...overruled(field('frontchannelLogoutPath'), sidecarPaths.logout),
        ]
      : [],
  };
}

/** The address of a path at each ingress, which may have a path of its own. */
function below(ingresses: readonly Placed[], path: string): Placed[] {
  return ingresses.map((ingress) => ({ ...ingress, value: `${withoutSlash(ingress.value)}${path}` }));
}

const withoutSlash = (ingress: string): string => (ingress.endsWith('/') ? ingress.slice(0, -1) : ingress);

function overruled(field: Placed | undefined, path: string): Placed[] {
  if (!field || field.value === path) return [];
  return [{ path: field.path, value: `has no effect with the sidecar, which serves ${path}` }];
}
