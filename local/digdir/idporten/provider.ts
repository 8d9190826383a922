/**
 * ID-porten's rules as a configuration of `oidc-provider`.
 *
 * Sources: oidc_protocol_authorize, oidc_protocol_id_token, oidc_func_sso, oidc_func_pkce (2024-10, June 2025).
 */

import { createHmac, type KeyObject, randomUUID } from 'node:crypto';
import { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { OAuthClient } from '../models.ts';
import type { DigdirSettings } from '../settings.ts';
import { type Clients, LOGIN_SCOPES } from './clients.ts';
import { readLevels, suffices } from './levels.ts';
import { page, readLocale } from './pages.ts';
import type { Store } from './store.ts';

export type ProviderParts = {
  readonly issuer: string;
  readonly signingKey: KeyObject;
  /** Signs cookies and blinds subjects: the same after a restart. */
  readonly secret: string;
  readonly clients: Clients;
  readonly store: Store;
  readonly settings: DigdirSettings;
};

/** Seconds: a sign-on session lies idle for half an hour at most, and ends after two hours. */
const SESSION_IDLE = 30 * 60;
const SESSION_LONGEST = 2 * 60 * 60;
const ID_TOKEN_LIFE = 120;
const INTERACTION_LIFE = 10 * 60;

/** What a client needs to ask about tokens. */
const INTROSPECTION = 'idporten:token.introspection';

export function createProvider(parts: ProviderParts): Provider {
  const provider = new Provider(parts.issuer, configuration(parts));
  // In the id_token only where the client asked for it at its registration, not at every client as otherwise.
  provider.Client.prototype.includeSid = function includeSid() {
    return parts.clients.find(this.clientId)?.client.frontchannel_logout_session_required ?? false;
  };
  return provider;
}

function configuration(parts: ProviderParts): Configuration {
  const { clients, settings, secret } = parts;
  const clientOf = (id: string): Partial<OAuthClient> => clients.find(id)?.client ?? {};
  /** The language of each login, by its grant: a claim of the id_token. */
  const locales = new Map<string, string>();

  return {
    adapter: parts.store.adapter,
    routes: {
      authorization: '/authorize',
      pushed_authorization_request: '/par',
      token: '/token',
      introspection: '/token/introspect',
      revocation: '/token/revoke',
      userinfo: '/userinfo',
      jwks: '/jwks.json',
      end_session: '/logout',
    },
    jwks: { keys: [{ ...parts.signingKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [secret], names: { session: 'idporten_session' } },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client) => clientOf(client.clientId).scopes?.includes(INTROSPECTION) ?? false,
      },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      jwtResponseModes: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => void (ctx.body = logoutPage(form)),
        postLogoutSuccessSource: (ctx) => void (ctx.body = page('Logget ut', '<p>Du er logget ut.</p>')),
      },
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = page('Feil', `<p>${out.error}: ${out.error_description ?? ''}</p>`);
    },
    responseTypes: ['code'],
    subjectTypes: ['public', 'pairwise'],
    sectorIdentifierUriValidate: () => false,
    pairwiseIdentifier: (_ctx, citizen, client) =>
      createHmac('sha256', secret).update(`${client.clientId} ${citizen}`).digest('base64url'),
    clientAuthMethods: ['private_key_jwt', 'none'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256'], idTokenSigningAlgValues: ['RS256'] },
    revokeGrantPolicy: () => true,
    clientBasedCORS: (_ctx, origin, client) =>
      clientOf(client.clientId).redirect_uris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false,
    scopes: LOGIN_SCOPES,
    claims: { openid: ['sub', 'pid', 'acr', 'amr', 'auth_time', 'locale', 'jti'] },
    pkce: { required: (_ctx, client) => clientOf(client.clientId).code_challenge_method !== 'none' },
    // `onbehalfof` is a parameter of ID-porten's own; its check is the place where a whole request can be judged.
    extraParams: { onbehalfof: (ctx, _value, client) => checkRequest(ctx, clientOf(client.clientId), settings) },
    interactions: {
      url: (_ctx, { uid }) => `/login/${uid}`,
      policy: loginPolicy(clientOf),
    },
    findAccount: (_ctx, citizen, token) => ({
      accountId: citizen,
      claims: (use) => {
        const locale = locales.get(token && 'grantId' in token ? String(token.grantId) : '') ?? 'nb';
        return { sub: citizen, pid: citizen, locale, ...(use === 'id_token' && { jti: randomUUID() }) };
      },
    }),
    // Nobody is asked for consent: what a client is registered for, it gets.
    loadExistingGrant: async ({ oidc }) => {
      const { client, account, params, provider } = oidc;
      if (!client || !account) return undefined;
      const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
      grant.addOIDCScope([...oidc.requestParamScopes].join(' '));
      locales.set(await grant.save(), readLocale(params?.['ui_locales']));
      return grant;
    },
    // Tokens live on after the sign-on session: only a logout ends them.
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) =>
      client.grantTypeAllowed('refresh_token') && client.clientAuthMethod === 'private_key_jwt',
    rotateRefreshToken: ({ oidc }) => clientOf(oidc.client?.clientId ?? '').refresh_token_usage !== 'REUSE',
    ttl: {
      AccessToken: (_ctx, token) => clientOf(token.clientId ?? '').access_token_lifetime ?? settings.tokenLifetime,
      RefreshToken: (_ctx, token) => clientOf(token.clientId ?? '').refresh_token_lifetime ?? 600,
      // A login's outer limit: no token is refreshed without its grant.
      Grant: (_ctx, grant) => clientOf(grant.clientId ?? '').authorization_lifetime ?? 7200,
      IdToken: ID_TOKEN_LIFE,
      Interaction: INTERACTION_LIFE,
      Session: (_ctx, { loginTs = seconds() }) =>
        Math.max(1, Math.min(SESSION_IDLE, loginTs + SESSION_LONGEST - seconds())),
    },
  };
}

/** Throws where ID-porten asks for more of a login than OpenID Connect does. */
function checkRequest(ctx: KoaContextWithOIDC, client: Partial<OAuthClient>, settings: DigdirSettings): void {
  const { state, nonce, acr_values: acrValues, scope: known } = ctx.oidc.params ?? {};
  // As it was sent: by now the parameters have lost the scopes that `oidc-provider` does not know.
  const scope = ctx.oidc.body?.['scope'] ?? ctx.query['scope'] ?? known;
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  if (!scopes.includes('openid')) throw new errors.InvalidScope('scope must contain openid', 'openid');
  const foreign = scopes.filter((one) => !client.scopes?.includes(one));
  if (foreign.length > 0) throw new errors.InvalidScope('scope is not registered on the client', foreign.join(' '));
  if (!readLevels(acrValues)) throw new errors.InvalidRequest('Invalid acr_values');
  if (settings.stateAndNonceRequired && (state === undefined || nonce === undefined)) {
    throw new errors.InvalidRequest('state and nonce are required');
  }
}

/** Logs in once more for a higher level than the session's, and at a client that takes no part in single sign-on. */
function loginPolicy(clientOf: (id: string) => Partial<OAuthClient>): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  const step = new Check('level', 'A login at a higher level is required', ({ oidc }) => {
    const wanted = readLevels(oidc.params?.['acr_values']) ?? [];
    return oidc.session?.accountId !== undefined && !suffices(oidc.acr, wanted);
  });
  const alone = new Check('sso_disabled', 'The client takes no part in single sign-on', ({ oidc }) => {
    return clientOf(oidc.client?.clientId ?? '').sso_disabled === true && !oidc.result?.login;
  });
  policy.get('login')?.checks.add(step);
  policy.get('login')?.checks.add(alone);
  policy.get('consent')?.checks.clear();
  return policy;
}

/** Goes on at once: who comes with a logout request means it. */
function logoutPage(form: string): string {
  return page(
    'Logg ut',
    `${form}<input type="hidden" name="logout" value="yes" form="op.logoutForm">
<button type="submit" form="op.logoutForm">Logg ut</button><script>document.forms[0].submit()</script>`,
  );
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
