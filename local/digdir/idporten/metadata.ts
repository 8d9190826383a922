/**
 * ID-porten's metadata as test.idporten.no has it, with local addresses: written out, because the document that
 * `oidc-provider` derives from its own abilities differs from the real one.
 */

const DOCUMENT = {
  scopes_supported: ['openid', 'profile'],
  acr_values_supported: [
    'idporten-loa-low',
    'idporten-loa-substantial',
    'idporten-loa-high',
    'eidas-loa-low',
    'eidas-loa-substantial',
    'eidas-loa-high',
  ],
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'form_post', 'query.jwt', 'form_post.jwt'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['RS256'],
  id_token_signing_alg_values_supported: ['RS256'],
  authorization_signing_alg_values_supported: ['RS256'],
  subject_types_supported: ['public', 'pairwise'],
  prompt_values_supported: ['consent', 'login', 'none'],
  ui_locales_supported: ['en', 'nb', 'nn', 'se'],
  display_values_supported: ['page'],
  claims_parameter_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  authorization_response_iss_parameter_supported: true,
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
};

/** @param front the origin that browsers are sent to; another host than the issuer's in the real system too. */
export function metadata(issuer: string, front: string) {
  return {
    issuer,
    authorization_endpoint: `${front}/authorize`,
    end_session_endpoint: `${front}/logout`,
    pushed_authorization_request_endpoint: `${issuer}/par`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/token/introspect`,
    revocation_endpoint: `${issuer}/token/revoke`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks.json`,
    ...DOCUMENT,
  };
}
