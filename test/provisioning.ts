/** Provisioning as tests drive it: an admin client that is onboarded, requests for clients of applications, their answers. */

import { randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { readPublished, withCallerSecrets } from '../client/caller-secrets.ts';
import { writeCredentialFiles } from '../client/credential-files.ts';
import { ask, endOf } from '../client/provision.ts';
import { sameResource } from '../domain/names.ts';
import { defaultRotation } from '../domain/rotation.ts';
import type { ExposedScope, MaskinportenSpec, OAuthClientName, OAuthClientSpec } from '../domain/oauth-client.ts';
import { clientPreviewStart } from '../domain/provisioning.ts';
import type { ClientPreview, Operation, OperationEnd, ProvisioningRequest } from '../domain/provisioning.ts';
import type { SurveyRequest } from '../domain/survey.ts';
import type { ClientKind, Tenant } from '../domain/tenant.ts';
import type { ClientRecord } from '../local/digdir/models.ts';
import { onboard, organisation, quickPace, register, requestFor } from './onboarding.ts';
import type { TestWorld } from './world.ts';

/** What an admin client of each kind may do. */
export const adminScopes: Record<ClientKind, readonly string[]> = {
  idporten: ['idporten:dcr.write', 'idporten:dcr.read'],
  maskinporten: ['idporten:dcr.write', 'idporten:dcr.read', 'idporten:scopes.write'],
};

/** Has the admin client of a kind onboarded, once for the world: applications' clients are administered by it. Tells its id. */
export async function onboardAdminClient(world: TestWorld, kind: ClientKind = 'idporten'): Promise<string> {
  const issued = await world.cloud.authority.issue({ organisation });
  const request = requestFor(world, issued, { kind, client: { scopes: adminScopes[kind] } });
  register(world.cloud, request);
  const { outcome } = await onboard(world, request, issued);
  if (outcome !== 'onboarded') throw new Error(`The admin client is ${outcome}`);
  return request.client.clientId;
}

const { submission: _submission, ...quick } = quickPace;
/** What was asked of Digdir without an answer is waited out for as long as an attempt may take. */
const pace = { ...quick, attempt: 5_000 };

export function clientName(world: TestWorld, name = `app-${randomUUID().slice(0, 8)}`): OAuthClientName {
  const { tenant } = world;
  return { tenant, environment: 'local', cluster: 'dev', namespace: 'team', name, kind: 'idporten' };
}

/** The same for a Maskinporten client. */
export const machineName = (world: TestWorld, name?: string): OAuthClientName => ({
  ...clientName(world, name),
  kind: 'maskinporten',
});

export function machineSpecOf(changes: Partial<MaskinportenSpec> = {}): MaskinportenSpec {
  return {
    integrationType: 'maskinporten',
    clientName: 'Eksempeletaten',
    clientUri: 'https://www.example.no',
    consumes: [],
    exposes: [],
    accessTokenLifetime: 120,
    sessionLifetime: 7200,
    oldKeys: { until: 'acknowledged' },
    preserve: false,
    ...changes,
  };
}

/** A scope of a product that nobody else in the world has; without consumers. */
export function exposedScope(changes: Partial<ExposedScope> = {}): ExposedScope {
  return {
    enabled: true,
    prefix: 'etat',
    product: `p${randomUUID().slice(0, 8)}`,
    name: 'inntekt.read',
    separator: '/',
    atMaxAge: 30,
    allowedIntegrations: ['maskinporten'],
    consumers: [],
    accessibleForAll: false,
    visibility: 'public',
    ...changes,
  };
}

export function specOf(name: string, changes: Partial<OAuthClientSpec> = {}): OAuthClientSpec {
  return {
    integrationType: 'idporten',
    clientName: 'Eksempeletaten',
    clientUri: 'https://www.example.no',
    redirectUris: [`https://${name}.example.no/oauth2/callback`],
    postLogoutRedirectUris: ['https://www.example.no'],
    frontchannelLogoutUri: `https://${name}.example.no/oauth2/logout`,
    scopes: ['openid', 'profile'],
    accessTokenLifetime: 3600,
    sessionLifetime: 7200,
    ssoDisabled: false,
    oldKeys: { until: 'acknowledged' },
    preserve: false,
    ...changes,
  };
}

/** The world's tenant, as its file would say. */
export function tenantOf({ cloud, tenant }: TestWorld): Tenant {
  const google = {
    project: cloud.google.project.id,
    location: 'europe-north1',
    keyRing: tenant,
    protectionLevel: 'SOFTWARE',
    replication: 'automatic',
  } as const;
  const platform = `serviceAccount:${cloud.accounts.platform}`;
  const rotation = defaultRotation;
  return { tenant, environment: 'local', organisation, google, platform, clients: {}, approval: {}, rotation };
}

export function requestOf(
  world: TestWorld,
  client: OAuthClientName,
  operation: Operation,
  more: Partial<ProvisioningRequest> = {},
): ProvisioningRequest {
  const { google } = tenantOf(world);
  return { id: randomUUID(), client, organisation, google, operation, requestedBy: 'per', pace, ...more };
}

/** A survey of the clients of this one's kind. */
export function surveyRequestOf(world: TestWorld, { tenant, environment, kind }: OAuthClientName): SurveyRequest {
  const { google } = tenantOf(world);
  return { client: { tenant, environment, kind }, google, requestedBy: 'per', pace };
}

/** Has the credentials delivered to the folder, as `digdir credentials --format files` does. */
export async function deliver(world: TestWorld, client: OAuthClientName, folder: string): Promise<void> {
  const reference = { client, tenant: tenantOf(world) };
  const { variables } = await withCallerSecrets(world.cloud.variables, reference, (secrets) =>
    readPublished(secrets, reference),
  );
  await writeCredentialFiles(folder, variables);
}

/** Asks, and waits until the run has ended. */
export async function provision(
  world: TestWorld,
  client: OAuthClientName,
  operation: Operation,
): Promise<OperationEnd> {
  return await endOf(await ask(world.client, world.prefix, requestOf(world, client, operation)));
}

/** Has the client as `specOf` says, or with these changes. */
export async function apply(
  world: TestWorld,
  client: OAuthClientName,
  changes: Partial<OAuthClientSpec> = {},
): Promise<OperationEnd> {
  return await provision(world, client, { kind: 'apply', spec: specOf(client.name, changes) });
}

/** The client as Digdir has it, with its keys. */
export function clientAt(world: TestWorld, clientId: string | undefined): ClientRecord {
  const found = world.cloud.digdir.inspect().clients.find(({ client }) => client.client_id === clientId);
  if (!found) throw new Error(`Digdir has no client ${clientId}`);
  return found;
}

/** What would be done, without doing it. */
export async function preview(world: TestWorld, client: OAuthClientName, operation: Operation): Promise<ClientPreview> {
  const { workflowType, args, ...start } = clientPreviewStart(requestOf(world, client, operation), randomUUID());
  const options = { ...start, args: [...args], taskQueue: world.prefix };
  return (await world.client.workflow.execute(workflowType, options)) as ClientPreview;
}

/** What is published, as its consumer reads it. */
export function variablesOf(world: TestWorld, { published }: OperationEnd): Readonly<Record<string, string>> {
  const [name = '', number] = published?.version.split('/versions/') ?? [];
  const secret = world.cloud.google.inspect().secrets.find((one) => sameResource(one.name, name));
  const version = secret?.versions.find((one) => one.number === Number(number));
  return JSON.parse(version?.payload?.toString() ?? '{}') as Record<string, string>;
}

/** The private key in published credentials of a login client. */
export const privateKeyOf = (world: TestWorld, end: OperationEnd): JWK =>
  JSON.parse(variablesOf(world, end)['IDPORTEN_CLIENT_JWK'] ?? '{}') as JWK;
