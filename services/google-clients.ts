/**
 * The official Google clients, for one principal. Against Google they act as a service account (by impersonation, or with
 * the credentials that the machine has); against a local world they talk to its loopback port in that principal's name.
 */

import './no-request-logging.ts';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { ProjectsClient } from '@google-cloud/resource-manager';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { GoogleAuth, Impersonated, PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import type { ClientOptions } from 'google-gax';
import { Refusal } from '../domain/refusal.ts';

export type GoogleSettings = {
  /** E-mail address of the service account to act as; the machine's own credentials when absent. */
  readonly account?: string;
  /** Only for a local world, and only on loopback. */
  readonly endpoint?: { readonly host: string; readonly port: number };
};

export type GoogleClients = {
  readonly kms: KeyManagementServiceClient;
  readonly secrets: SecretManagerServiceClient;
  readonly projects: ProjectsClient;
  close(): Promise<void>;
};

/**
 * Makes the clients. Against a local world nothing is sent before the first call, and it throws when the endpoint is not
 * on loopback. Against Google it fails with GOOGLE_CREDENTIALS_MISSING when the machine has no credentials.
 */
export async function createGoogleClients(settings: GoogleSettings): Promise<GoogleClients> {
  const options = settings.endpoint ? localOptions(settings.endpoint, settings.account) : await cloudOptions(settings);
  const kms = new KeyManagementServiceClient(options);
  const secrets = new SecretManagerServiceClient(options);
  const projects = new ProjectsClient(options as ConstructorParameters<typeof ProjectsClient>[0]);
  return {
    kms,
    secrets,
    projects,
    close: async () => {
      await Promise.all([kms.close(), secrets.close(), projects.close()]);
    },
  };
}

const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

async function cloudOptions({ account }: GoogleSettings): Promise<ClientOptions> {
  // Found here and now: where the official clients look for credentials themselves, nobody handles that they find none.
  const own = await new GoogleAuth({ scopes: cloudPlatform }).getClient().catch(() => {
    throw withoutCredentials(process.env);
  });
  if (!account) return { authClient: own };
  const target = { targetPrincipal: account, targetScopes: [cloudPlatform], lifetime: 3600 };
  return { authClient: new Impersonated({ sourceClient: own, ...target }) };
}

/** In our own words: the library's may quote from a file that it could not read. */
function withoutCredentials({ GOOGLE_APPLICATION_CREDENTIALS: file }: NodeJS.ProcessEnv): Refusal {
  const found = file
    ? `what GOOGLE_APPLICATION_CREDENTIALS names (${file}) holds no credentials that can be used`
    : 'no application default credentials in the environment, from gcloud or from a metadata server';
  return new Refusal('GOOGLE_CREDENTIALS_MISSING', found);
}

const loopback = ['127.0.0.1', 'localhost', '::1'];

function localOptions({ host, port }: { host: string; port: number }, account = 'anonymous'): ClientOptions {
  if (!loopback.includes(host)) throw new Error(`A local Google endpoint has to be on loopback, not on ${host}.`);
  return {
    apiEndpoint: host,
    port,
    sslCreds: grpc.credentials.createInsecure(),
    // Without this the library searches for real credentials before its first call.
    authClient: new PassThroughClient(),
    // The one option of grpc-js that google-gax hands on and that can add metadata to each call.
    'grpc.callInvocationTransformer': <T extends { metadata: grpc.Metadata }>(properties: T): T => {
      properties.metadata.set('authorization', `Bearer local:${account}`);
      return properties;
    },
  };
}
