/** What a declaration asks for, completed by what only Digdir knows: its endpoints, and which scopes may be had. */

import { digest } from '../documents/digest.ts';
import { clientBody } from '../domain/client-body.ts';
import type { ObservedClient, Variables, WantedClient, WantedScope } from '../domain/client-step.ts';
import type { Finding } from '../domain/failures.ts';
import { maskinportenBody } from '../domain/maskinporten-body.ts';
import type { ClientSpec, ExposedScope, MaskinportenSpec, OAuthClientName } from '../domain/oauth-client.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import { scopeBody, scopeName } from '../domain/scope-body.ts';
import type { Limits } from '../services/limits.ts';
import { asAdmin } from './admin-access.ts';
import type { Services } from './services.ts';

export type Wish = {
  readonly wanted: WantedClient;
  /** What stands in the way. */
  readonly findings: readonly Finding[];
  /** What cannot be had yet; the rest is. */
  readonly notices: readonly Finding[];
};

export async function wantedClient(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  spec: ClientSpec,
): Promise<Wish> {
  if (spec.integrationType === 'maskinporten') return await wantedMachine(services, limits, request, spec);
  const { integrationType, redirectUris } = spec;
  const [redirectUri] = redirectUris;
  const variables =
    integrationType === 'krr'
      ? await maskinportenVariables(services, limits)
      : await idportenVariables(services, limits, redirectUri);
  const body = clientBody(request.client, spec);
  return { wanted: { spec, specDigest: digest(spec), body, variables, scopes: [] }, findings: [], notices: [] };
}

/** A client with the scopes that may be had. Digdir refuses the whole client for one that may not, so that one is told. */
async function wantedMachine(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  spec: MaskinportenSpec,
): Promise<Wish> {
  const { organisation, client } = request;
  const scopes = await asAdmin(services, limits, request, (token) =>
    services.scopeAccess.accessible(organisation, spec.consumes, token, limits),
  );
  const missing = spec.consumes.filter((scope) => !scopes.includes(scope));
  const notices = missing.map((scope): Finding => {
    const message = `Organisation ${organisation} has no access to the scope ${scope}, which is left out.`;
    return { code: 'SCOPE_ACCESS_MISSING', where: scope, message };
  });
  const message = `Organisation ${organisation} has access to none of ${spec.consumes.join(', ')}.`;
  const findings: Finding[] = scopes.length > 0 ? [] : [{ code: 'SCOPES_ALL_MISSING', where: 'client', message }];
  const variables = { ...(await maskinportenVariables(services, limits)), MASKINPORTEN_SCOPES: scopes.join(' ') };
  const body = maskinportenBody(client, spec, scopes);
  const exposed = await Promise.all(spec.exposes.map((scope) => wantedScope(services, limits, client, scope)));
  return { wanted: { spec, specDigest: digest(spec), body, variables, scopes: exposed }, findings, notices };
}

async function wantedScope(
  { scopes }: Services,
  limits: Limits,
  client: OAuthClientName,
  exposed: ExposedScope,
): Promise<WantedScope> {
  const { delegationSource, consumers } = exposed;
  const issuer = delegationSource && (await scopes.delegationIssuer(delegationSource, limits));
  if (delegationSource && issuer === undefined) {
    throw new Refusal('CLIENT_REFUSED', `Digdir has no delegation source ${delegationSource}.`);
  }
  return {
    name: scopeName(exposed),
    body: scopeBody(exposed, client, issuer),
    consumers: consumers.map(({ orgno }) => orgno),
  };
}

/** As the application was told last, with the endpoints as they are now. */
export async function presentVariables(
  services: Services,
  limits: Limits,
  { found, published }: ObservedClient,
): Promise<Variables> {
  const type = found?.['integration_type'];
  if (type !== 'krr' && type !== 'maskinporten') {
    return await idportenVariables(services, limits, published?.variables['IDPORTEN_REDIRECT_URI']);
  }
  const variables = await maskinportenVariables(services, limits);
  const scopes = Array.isArray(found?.['scopes']) ? found['scopes'].map(String) : [];
  return type === 'krr' ? variables : { ...variables, MASKINPORTEN_SCOPES: scopes.join(' ') };
}

/** What an application that people log in to is told beside client id and key (seed document, "Runtime variables"). */
async function idportenVariables(
  { idporten, endpoints }: Services,
  limits: Limits,
  redirectUri: string | undefined,
): Promise<Variables> {
  const { issuer, jwksUri, tokenEndpoint } = await idporten.metadata(limits);
  return {
    ...(redirectUri === undefined ? {} : { IDPORTEN_REDIRECT_URI: redirectUri }),
    IDPORTEN_WELL_KNOWN_URL: endpoints.idportenMetadata,
    IDPORTEN_ISSUER: issuer,
    IDPORTEN_JWKS_URI: jwksUri,
    IDPORTEN_TOKEN_ENDPOINT: tokenEndpoint,
  };
}

/** What a client is told that takes its tokens from Maskinporten, a `krr` client among them. */
async function maskinportenVariables({ maskinporten, endpoints }: Services, limits: Limits): Promise<Variables> {
  const { issuer, jwksUri, tokenEndpoint } = await maskinporten.metadata(limits);
  return {
    MASKINPORTEN_WELL_KNOWN_URL: endpoints.maskinportenMetadata,
    MASKINPORTEN_ISSUER: issuer,
    MASKINPORTEN_JWKS_URI: jwksUri,
    MASKINPORTEN_TOKEN_ENDPOINT: tokenEndpoint,
  };
}
