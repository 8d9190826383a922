/** Which kinds of client there are: what may be combined with an integration type (oidc_func_clientreg). */

import type { IntegrationType } from '../models.ts';
import type { ClientDraft } from './client-body.ts';
import type { ApiFinding } from './errors.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const LOGIN_GRANTS = ['authorization_code', 'refresh_token'];
const CONFIDENTIAL = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];

type Kind = {
  /** The methods of authentication of each application type. */
  readonly methods: Readonly<Partial<Record<ClientDraft['application_type'], readonly string[]>>>;
  readonly grants: readonly string[];
  /** All that may be registered; any scope when absent. */
  readonly scopes?: readonly string[];
  readonly login: boolean;
};

const LOGIN = {
  methods: { web: CONFIDENTIAL, browser: ['none'], native: ['none'] },
  grants: LOGIN_GRANTS,
  login: true,
} as const;
const MACHINE = { methods: { web: ['private_key_jwt'] }, grants: [JWT_BEARER], login: false } as const;

/** The other integration types are not registered through the API. */
const KINDS: Partial<Record<IntegrationType, Kind>> = {
  idporten: { ...LOGIN, scopes: ['openid', 'profile', 'eidas', 'no_pid'] },
  api_klient: LOGIN,
  maskinporten: MACHINE,
  krr: { ...MACHINE, scopes: ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'] },
};

export function combinationFindings(draft: ClientDraft): ApiFinding[] {
  const type = draft.integration_type;
  const kind = KINDS[type];
  if (!kind) return [{ field: 'integration_type', message: `integration_type ${type} is not available here` }];

  const findings: ApiFinding[] = [];
  const find = (field: keyof ClientDraft, text: string) => findings.push({ field, message: `${field} ${text}` });
  const methods = kind.methods[draft.application_type];
  if (!methods) find('application_type', `${draft.application_type} is not allowed for ${type}`);
  else if (!methods.includes(draft.token_endpoint_auth_method)) {
    find('token_endpoint_auth_method', `${draft.token_endpoint_auth_method} is not allowed for ${type}`);
  }
  if (draft.grant_types.length === 0) find('grant_types', 'must not be empty');
  for (const grant of draft.grant_types) {
    if (!kind.grants.includes(grant)) find('grant_types', `${grant} is not allowed for ${type}`);
  }
  for (const scope of draft.scopes) {
    if (kind.scopes && !kind.scopes.includes(scope)) find('scopes', `${scope} is not allowed for ${type}`);
  }
  if (draft.scopes.length === 0) find('scopes', 'must not be empty');
  if (type === 'idporten' && !draft.scopes.includes('openid')) find('scopes', 'must contain openid');
  if (kind.login && draft.redirect_uris?.length === 0) find('redirect_uris', 'must not be empty');
  return findings;
}
