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

/** Makes the clients; nothing is sent before the first call. Throws when a local endpoint is not on loopback. */
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

async function cloudOptions({ account }: GoogleSettings): Promise<ClientOptions> {
  const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  if (!account) return { auth };
  const sourceClient = await auth.getClient();
  return {
    authClient: new Impersonated({
      sourceClient,
      targetPrincipal: account,
      targetScopes: ['https://www.googleapis.com/auth/cloud-platform'],
      lifetime: 3600,
    }),
  };
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
