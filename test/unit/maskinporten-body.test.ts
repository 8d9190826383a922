/** The request body of a Maskinporten client, and what a write of it would change. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clientChanges, immutableFindings, type ClientBody } from '../../domain/client-body.ts';
import { maskinportenBody } from '../../domain/maskinporten-body.ts';
import type { MaskinportenSpec, OAuthClientName } from '../../domain/oauth-client.ts';

const client: OAuthClientName = {
  tenant: 'etat',
  environment: 'test',
  cluster: 'dev-gcp',
  namespace: 'team',
  name: 'app',
  kind: 'maskinporten',
};

const spec: MaskinportenSpec = {
  integrationType: 'maskinporten',
  clientName: 'Etaten',
  clientUri: 'https://www.etat.no',
  consumes: ['skatt:inntekt', 'skatt:refused'],
  exposes: [],
  accessTokenLifetime: 3000,
  sessionLifetime: 7000,
  oldKeys: { until: 'acknowledged' },
  preserve: false,
};

const body: ClientBody = {
  access_token_lifetime: 3000,
  active: true,
  application_type: 'web',
  authorization_lifetime: 7000,
  client_name: 'Etaten',
  client_uri: 'https://www.etat.no',
  description: 'dev-gcp:team:app',
  frontchannel_logout_session_required: false,
  grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
  integration_type: 'maskinporten',
  post_logout_redirect_uris: [],
  redirect_uris: [],
  refresh_token_usage: 'ONETIME',
  scopes: ['skatt:inntekt'],
  sso_disabled: false,
  token_endpoint_auth_method: 'private_key_jwt',
};

test('the body has the scopes that are given, the JWT-bearer grant and nothing of a login', () => {
  assert.deepEqual(maskinportenBody(client, spec, ['skatt:inntekt']), body);
});

describe('what a write would change', () => {
  const { client_uri: _dropped, ...kept } = body;
  const found = {
    ...kept,
    client_id: '1',
    redirect_uris: null,
    post_logout_redirect_uris: null,
    refresh_token_lifetime: 600,
    code_challenge_method: 'none',
  };
  const recorded = { clientUri: 'https://www.etat.no', sameSpec: true };

  test('is nothing where nothing differs, whatever Digdir has of a login', () => {
    assert.deepEqual(clientChanges(body, found, recorded), []);
    const { sso_disabled: _a, frontchannel_logout_session_required: _b, active: _c, ...bare } = found;
    assert.deepEqual(clientChanges(body, bare, recorded), []);
  });

  const drifts: ReadonlyArray<readonly [field: keyof ClientBody, from: unknown]> = [
    ['active', false],
    ['client_name', 'Other'],
    ['description', 'mine'],
    ['redirect_uris', ['https://evil.no']],
    ['scopes', ['skatt:inntekt', 'skatt:alt']],
    ['access_token_lifetime', 120],
    ['authorization_lifetime', 7200],
    ['grant_types', ['authorization_code']],
    ['token_endpoint_auth_method', 'client_secret_post'],
  ];
  for (const [field, from] of drifts) {
    test(`shows drift of ${field} (${JSON.stringify(from)})`, () => {
      const [change, ...more] = clientChanges(body, { ...found, [field]: from }, recorded);
      assert.deepEqual(more, []);
      assert.deepEqual([change?.field, change?.from], [field, from]);
      assert.match(change?.reason ?? '', /changed at Digdir since the last apply$/);
    });
  }

  test('never is the integration type: that is a finding', () => {
    const [finding] = immutableFindings(body, { ...found, integration_type: 'krr' }, 'm.yaml:1:1');
    assert.equal(finding?.code, 'INTEGRATION_TYPE_IMMUTABLE');
    assert.match(finding?.message ?? '', /type krr, and the manifest says maskinporten/);
  });
});
