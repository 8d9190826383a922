/** An `IDPortenClient` as a draft: it spells its addresses out. */

import { valueAt, type Path } from './findings.ts';
import { commonDraft, isAbsent, textAt, textsAt, type Draft } from './manifest-draft.ts';

const block: Path = ['spec'];
const at = (name: string): Path => [...block, name];

/**
 * The client that the document declares. The deprecated `redirectURI` comes first: it is the application's own where it
 * is given (nais/digdirator, `pkg/secrets`).
 */
export function idportenClientDraft(document: unknown): Draft {
  const deprecated = textAt(document, at('redirectURI'));
  const redirectUris = [...(deprecated ? [deprecated] : []), ...textsAt(document, at('redirectURIs'))];
  const frontchannelLogoutUri = textAt(document, at('frontchannelLogoutURI'));
  const postLogoutRedirectUris = textsAt(document, at('postLogoutRedirectURIs'));
  const common = commonDraft(document, block);
  const single = [common.clientUri, frontchannelLogoutUri].flatMap((address) => address ?? []);
  const missing = isAbsent(document, at('redirectURI')) && isAbsent(document, at('redirectURIs'));
  return {
    ...common,
    clientName: textAt(document, at('clientName'))?.value,
    redirectUris,
    redirectUriMissing: missing ? at('redirectURIs') : undefined,
    frontchannelLogoutUri,
    frontchannelLogoutMissing: isAbsent(document, at('frontchannelLogoutURI'))
      ? at('frontchannelLogoutURI')
      : undefined,
    postLogoutRedirectUris,
    addresses: [...redirectUris, ...single, ...postLogoutRedirectUris],
    ssoDisabled: valueAt(document, at('ssoDisabled')) === true,
    loginFields: ['redirectURI', 'redirectURIs', 'frontchannelLogoutURI', 'postLogoutRedirectURIs']
      .map(at)
      .filter((path) => !isAbsent(document, path)),
    overruled: [],
  };
}
