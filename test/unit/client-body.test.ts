/** From manifest to request body, field by field; and from a returned client to what a write would change. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clientBody, clientChanges, immutableFindings, type ClientBody } from '../../domain/client-body.ts';
import { application, declared, idportenClient } from '../manifests.ts';

const bodyOf = (text: string): ClientBody => {
  const { client, spec } = declared(text);
  return clientBody(client, spec);
};

const krrScopes = ['krr:global/kontaktinformasjon.read', 'krr:global/digitalpost.read'];

describe('a request body', () => {
  test('of an application that says nothing more than that it has a client', () => {
    assert.deepEqual(bodyOf(application()), {
      access_token_lifetime: 3000,
      active: true,
      application_type: 'web',
      authorization_lifetime: 7000,
      client_name: 'Etaten',
      client_uri: 'https://www.etat.no',
      code_challenge_method: 'S256',
      description: 'dev-gcp:team:app',
      frontchannel_logout_session_required: true,
      frontchannel_logout_uri: 'https://app.etat.no/oauth2/logout',
      grant_types: ['authorization_code', 'refresh_token'],
      integration_type: 'idporten',
      post_logout_redirect_uris: ['https://www.etat.no'],
      redirect_uris: ['https://app.etat.no/oauth2/callback'],
      refresh_token_lifetime: 7000,
      refresh_token_usage: 'ONETIME',
      scopes: ['openid', 'profile'],
      sso_disabled: false,
      token_endpoint_auth_method: 'private_key_jwt',
    });
  });

  test('of a krr client has the JWT-bearer grant and nothing of a login', () => {
    const krr = {
      access_token_lifetime: 3000,
      active: true,
      application_type: 'web',
      authorization_lifetime: 7000,
      client_name: 'Etaten',
      client_uri: 'https://www.etat.no',
      description: 'dev-gcp:team:app',
      frontchannel_logout_session_required: false,
      grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
      integration_type: 'krr',
      post_logout_redirect_uris: [],
      redirect_uris: [],
      refresh_token_usage: 'ONETIME',
      scopes: krrScopes,
      sso_disabled: false,
      token_endpoint_auth_method: 'private_key_jwt',
    };
    assert.deepEqual(bodyOf(application('integrationType: krr')), krr);
    const bare = idportenClient('integrationType: krr').replace(/ {2}(redirect|front).*\n/g, '');
    assert.deepEqual(bodyOf(bare), krr);
  });

  /** What differs from the body of the same kind of manifest without the lines. */
  const rows: ReadonlyArray<
    readonly [kind: typeof application, lines: readonly string[], expected: Partial<ClientBody>]
  > = [
    [
      application,
      ['clientURI: https://a.no'],
      { client_uri: 'https://a.no', post_logout_redirect_uris: ['https://a.no'] },
    ],
    [application, ['redirectPath: /back'], { redirect_uris: ['https://app.etat.no/back'] }],
    [application, ['frontchannelLogoutPath: /out'], { frontchannel_logout_uri: 'https://app.etat.no/out' }],
    [application, ['postLogoutRedirectURIs: [https://b.no/x]'], { post_logout_redirect_uris: ['https://b.no/x'] }],
    [application, ['postLogoutRedirectURIs: []'], {}],
    [application, ['accessTokenLifetime: 1'], { access_token_lifetime: 1 }],
    [application, ['accessTokenLifetime: 3600'], { access_token_lifetime: 3600 }],
    [application, ['sessionLifetime: 3600'], { authorization_lifetime: 3600, refresh_token_lifetime: 3600 }],
    [application, ['sessionLifetime: 28800'], { authorization_lifetime: 28_800, refresh_token_lifetime: 28_800 }],
    [application, ['integrationType: idporten'], {}],
    [application, ['integrationType: api_klient'], { integration_type: 'api_klient' }],
    [application, ['scopes: [openid, no_pid]'], { scopes: ['openid', 'no_pid'] }],
    [application, ['scopes: []'], {}],
    [
      application,
      ['integrationType: api_klient', 'scopes: [openid, x:y]'],
      { integration_type: 'api_klient', scopes: ['openid', 'x:y'] },
    ],
    [application, ['tokenEndpointAuthMethod: private_key_jwt'], {}],
    [application, ['sidecar: { enabled: false, level: Level4 }'], {}],
    [
      application,
      [
        'sidecar: { enabled: true, autoLogin: true, autoLoginIgnorePaths: [/x], locale: nn, resources: { limits: {} } }',
      ],
      {
        frontchannel_logout_uri: 'https://app.etat.no/oauth2/logout/frontchannel',
        post_logout_redirect_uris: ['https://app.etat.no/oauth2/logout/callback'],
      },
    ],
    [
      application,
      ['sidecar: { enabled: true }', 'postLogoutRedirectURIs: [https://b.no]'],
      {
        frontchannel_logout_uri: 'https://app.etat.no/oauth2/logout/frontchannel',
        post_logout_redirect_uris: ['https://app.etat.no/oauth2/logout/callback', 'https://b.no'],
      },
    ],
    [idportenClient, ['clientName: Min side'], { client_name: 'Min side' }],
    [idportenClient, [`clientName: ${'x'.repeat(255)}`], { client_name: 'x'.repeat(255) }],
    [
      idportenClient,
      ['clientURI: https://a.no'],
      { client_uri: 'https://a.no', post_logout_redirect_uris: ['https://a.no'] },
    ],
    [idportenClient, ['ssoDisabled: true'], { sso_disabled: true }],
    [idportenClient, ['secretName: anything'], {}],
    [
      idportenClient,
      ['accessTokenLifetime: 600', 'sessionLifetime: 4000'],
      { access_token_lifetime: 600, authorization_lifetime: 4000, refresh_token_lifetime: 4000 },
    ],
    [idportenClient, ['postLogoutRedirectURIs: [https://b.no]'], { post_logout_redirect_uris: ['https://b.no'] }],
    [
      idportenClient,
      ['redirectURI: https://app.etat.no/old'],
      { redirect_uris: ['https://app.etat.no/old', 'https://app.etat.no/back'] },
    ],
    [idportenClient, ['redirectURI: https://app.etat.no/back'], {}],
    [
      idportenClient,
      ['integrationType: api_klient', 'scopes: [openid, a:b, a:b]'],
      { integration_type: 'api_klient', scopes: ['openid', 'a:b'] },
    ],
  ];
  for (const [kind, lines, expected] of rows) {
    test(`${kind === application ? 'Application' : 'IDPortenClient'}: ${lines.join(', ').slice(0, 70)}`, () => {
      assert.deepEqual(bodyOf(kind(...lines)), { ...bodyOf(kind()), ...expected });
    });
  }

  test('has a redirect URI for each ingress, and logout at the first', () => {
    const text = application().replace(
      '[https://app.etat.no]',
      '[https://b.no/app/, https://a.no:8443, https://b.no/app]',
    );
    const body = bodyOf(text);
    assert.deepEqual(body.redirect_uris, ['https://b.no/app/oauth2/callback', 'https://a.no:8443/oauth2/callback']);
    assert.equal(body.frontchannel_logout_uri, 'https://b.no/app/oauth2/logout');
  });
});

describe('what a write would change', () => {
  const wanted = bodyOf(application());
  /** As the API returns the client: without `client_uri`, and with what we never send. */
  const { client_uri: _dropped, ...kept } = wanted;
  const found = { ...kept, client_id: '1', client_orgno: '991825827', created: 'then', jwks_uri: 'https://x' };
  const recorded = { clientUri: 'https://www.etat.no', sameSpec: true };
  const changes = (change: Readonly<Record<string, unknown>>) =>
    clientChanges(wanted, { ...found, ...change }, recorded);

  test('is nothing where nothing differs', () => {
    assert.deepEqual(changes({}), []);
    assert.deepEqual(changes({ scopes: ['profile', 'openid'] }), [], 'lists have no order');
    const { active: _a, code_challenge_method: _b, sso_disabled: _c, ...bare } = found;
    assert.deepEqual(clientChanges(wanted, bare, recorded), [], 'what Digdir leaves out has its default');
  });

  const drifts: ReadonlyArray<readonly [field: keyof ClientBody, from: unknown]> = [
    ['active', false],
    ['client_name', 'Other'],
    ['description', 'mine'],
    ['redirect_uris', ['https://evil.no']],
    ['redirect_uris', ['https://app.etat.no/oauth2/callback', 'https://evil.no']],
    ['post_logout_redirect_uris', ['https://evil.no']],
    ['frontchannel_logout_uri', null],
    ['frontchannel_logout_session_required', false],
    ['scopes', ['openid']],
    ['access_token_lifetime', 120],
    ['authorization_lifetime', 7200],
    ['refresh_token_lifetime', 600],
    ['refresh_token_usage', 'REUSE'],
    ['sso_disabled', true],
    ['grant_types', ['authorization_code']],
    ['code_challenge_method', 'none'],
    ['application_type', 'browser'],
    ['token_endpoint_auth_method', 'client_secret_post'],
  ];
  for (const [field, from] of drifts) {
    test(`shows drift of ${field} (${JSON.stringify(from)})`, () => {
      const [change, ...more] = changes({ [field]: from });
      assert.deepEqual(more, []);
      assert.deepEqual([change?.field, change?.from, change?.to], [field, from, wanted[field]]);
      assert.match(change?.reason ?? '', /changed at Digdir since the last apply$/);
    });
  }

  test('compares the client URI with our record', () => {
    const [change] = clientChanges(wanted, found, { ...recorded, clientUri: 'https://old.no' });
    assert.deepEqual(
      [change?.field, change?.from, change?.to],
      ['client_uri', 'https://old.no', 'https://www.etat.no'],
    );
    assert.equal(clientChanges(wanted, found, { sameSpec: true })[0]?.from, null);
  });

  test('names the declaration as the reason when it is another one', () => {
    const next = bodyOf(application('sessionLifetime: 3600'));
    const reasons = clientChanges(next, found, { ...recorded, sameSpec: false });
    assert.deepEqual(
      reasons.map(({ field, from, to, reason }) => [field, from, to, reason]),
      [
        ['authorization_lifetime', 7000, 3600, 'the declared session lifetime, in seconds'],
        ['refresh_token_lifetime', 7000, 3600, 'the declared session lifetime, in seconds'],
      ],
    );
  });

  test('takes away a logout URI that is declared no more', () => {
    const { frontchannel_logout_uri: _gone, ...without } = wanted;
    const [change] = clientChanges(without, found, recorded);
    assert.deepEqual([change?.field, change?.to], ['frontchannel_logout_uri', null]);
  });

  test('leaves to Digdir what means nothing to a krr client, and bears whatever it returns', () => {
    const krr = bodyOf(application('integrationType: krr'));
    const returned = { ...krr, redirect_uris: null, post_logout_redirect_uris: undefined, refresh_token_lifetime: 600 };
    assert.deepEqual(clientChanges(krr, { ...returned, code_challenge_method: 'none' }, recorded), []);
    assert.deepEqual(clientChanges(krr, { ...returned, client_name: { no: 1 } }, recorded)[0]?.from, '{"no":1}');
  });

  test('never is the integration type: that is a finding', () => {
    const other = { ...found, integration_type: 'krr' };
    assert.deepEqual(clientChanges(wanted, other, recorded), []);
    const [finding] = immutableFindings(wanted, other, 'm.yaml:1:1');
    assert.deepEqual([finding?.code, finding?.where], ['INTEGRATION_TYPE_IMMUTABLE', 'm.yaml:1:1']);
    assert.match(finding?.message ?? '', /type krr, and the manifest says idporten/);
    assert.deepEqual(immutableFindings(wanted, found, 'm.yaml:1:1'), []);
  });
});
