/** Failure codes: what is wrong with the manifests by which applications declare their clients. */

import type { Entry } from './entry.ts';

export const manifestsFailures = {
  MANIFEST_EMPTY: ['finding', 'A manifest file holds no document', 'Check that it is the file that was meant.'],
  MANIFEST_FOLDER_EMPTY: [
    'finding',
    'A folder holds no manifests',
    'Check that it is the folder that was meant: manifests end in .yaml or .yml, and what is hidden or in node_modules is left out.',
  ],
  MANIFEST_DUPLICATE: [
    'finding',
    'A client is declared twice',
    'Keep one of the two documents: an application has one client of each kind.',
  ],
  APPLICATIONS_UNDECLARED: [
    'finding',
    'The tenant file says nothing about applications',
    'Add the block `applications` to the tenant file, with cluster, clientName and clientURI; docs/tenant-file.md has an example.',
  ],
  ADDRESS_INVALID: [
    'finding',
    'An address is not a complete URI',
    'Write scheme, host and path, as in https://app.example.no/oauth2/callback.',
  ],
  ADDRESS_SCHEME: [
    'finding',
    'An address is not https',
    'Use https; only localhost may be http, and only outside production.',
  ],
  ADDRESS_LOCALHOST: [
    'finding',
    'An address is on localhost where Digdir does not accept it',
    'In production leave it out; in the other environments write it as http://localhost.',
  ],
  ADDRESS_FRAGMENT: ['finding', 'An address has a fragment', 'Remove what stands from # on.'],
  ADDRESS_WILDCARD: [
    'finding',
    'An address has a wildcard',
    'List every address: Digdir compares them letter by letter.',
  ],
  REDIRECT_URI_MISSING: [
    'finding',
    'A login client has no redirect URI',
    'Add an ingress to the application, or a redirect URI to the client.',
  ],
  LOGOUT_URI_OTHER_ORIGIN: [
    'finding',
    'The front-channel logout URI is on another scheme, host or port than the redirect URIs',
    'Put it on that of a redirect URI; Digdir refuses others.',
  ],
  KRR_WITHOUT_LOGIN: [
    'finding',
    'A krr client declares what belongs to a login',
    'Remove the field: a krr client asks on its own behalf, no user is sent anywhere.',
  ],
  SCOPE_NOT_ALLOWED: [
    'finding',
    'A client may not have a scope, or lacks one',
    "Correct the scopes. Of the clients of ID-porten, those of the type api_klient may have other APIs' scopes.",
  ],
  CLIENT_SECRET_UNSUPPORTED: [
    'finding',
    'A client asks for something else than a key of its own',
    'Remove the field: clients prove themselves by private_key_jwt, client secrets are not supported.',
  ],
  SCOPE_MISSING: [
    'finding',
    'A Maskinporten client consumes no scope',
    'Name one in `scopes.consumes`, or a `defaultScope` in the tenant file: Digdir registers no client without a scope.',
  ],
  SCOPE_PREFIX_UNDECLARED: [
    'finding',
    'Scopes are exposed, and the tenant file names no scope prefix',
    'Add `maskinporten` with `scopePrefix` to the block `applications` of the tenant file: what Digdir assigned to the organisation.',
  ],
  SCOPE_SEPARATOR: [
    'finding',
    'An exposed scope needs another separator',
    'Write `separator: "/"`. Where the scope is in use already, mind that this gives it another name.',
  ],
  SCOPE_EXPOSED_TWICE: [
    'finding',
    'A scope is exposed twice',
    'Keep one of the two: product, separator and name together are one scope, and one application exposes it.',
  ],
  LISTED_TWICE: ['finding', 'A scope or a consumer is listed twice', 'Remove one of the two.'],
  INTEGRATION_TYPE_IMMUTABLE: [
    'finding',
    'The integration type of an existing client cannot change',
    'Give the declaration its former type, or declare a client of another name and delete the old one.',
  ],

  MANIFEST_IGNORED: ['notice', 'A document declares no client of ours', 'Nothing, if that is so.'],
  INGRESS_INTERNAL: [
    'notice',
    'Front-channel logout goes to an internal address',
    'Let the first ingress be one that the browsers of citizens reach.',
  ],
  LOGOUT_URI_MISSING: [
    'notice',
    'A login client has no front-channel logout URI',
    'Add `frontchannelLogoutURI`: Digdir requires that a client ends its session when the user logs out elsewhere.',
  ],
  CONSUMERS_NEEDLESS: [
    'notice',
    'A scope that is accessible for all names consumers',
    'Remove `consumers`, or `accessibleForAll` if only they are to have access.',
  ],
  FIELD_OVERRULED: ['notice', 'A field has no effect', 'Remove it, or leave it as it is.'],
} as const satisfies Record<string, Entry>;
