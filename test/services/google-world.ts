/** A local Google Cloud in a temporary folder, and the official clients of its principals. */
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { ProjectsClient } from '@google-cloud/resource-manager';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createCalls, type Calls } from '../../local/calls.ts';
import { startGoogle, type GoogleOptions, type LocalGoogle } from '../../local/google.ts';
import { asCaller } from '../../local/grpc/as-caller.ts';

export type GoogleWorld = {
  readonly google: LocalGoogle;
  readonly calls: Calls;
  /** Clients in the name of an e-mail address; closed with the world. */
  readonly as: (email: string) => GoogleClients;
  /** Moves the services' clock. */
  readonly advance: (milliseconds: number) => void;
  /** Stops the services and starts them again on the same folder; clients must be made anew. */
  readonly restart: () => Promise<GoogleWorld>;
  readonly close: () => Promise<void>;
};

export type Policies = Pick<SecretManagerServiceClient, 'getIamPolicy' | 'setIamPolicy' | 'testIamPermissions'>;

type GoogleClients = {
  readonly kms: KeyManagementServiceClient;
  /** The same client: its declarations ask for message instances in the policy methods, where plain objects do. */
  readonly keyPolicies: Policies;
  readonly secrets: SecretManagerServiceClient;
  readonly projects: ProjectsClient;
};

export const owner = 'owner@example.no';
export const account = (name: string): string => `${name}@local-project.iam.gserviceaccount.com`;
export const location = 'projects/local-project/locations/europe-north1';

/** A world whose clock stands still until `advance`, with `owner` as its project's owner. */
export async function googleWorld(options: Omit<Partial<GoogleOptions>, 'clock'> = {}): Promise<GoogleWorld> {
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'local-google-')));
  return await openWorld(options, folder, { milliseconds: Date.parse('2026-03-01T12:00:00Z') });
}

async function openWorld(
  options: Partial<GoogleOptions>,
  folder: string,
  time: { milliseconds: number },
): Promise<GoogleWorld> {
  const calls = createCalls();
  const google = await startGoogle({ ...options, folder, calls, clock: () => new Date(time.milliseconds) });
  google.bind(`user:${owner}`, 'roles/owner');

  const open: { close(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(open.map((client) => client.close()));
    await google.close();
  };
  return {
    google,
    calls,
    as(email) {
      const clientOptions = asCaller(google, email);
      const kms = new KeyManagementServiceClient(clientOptions);
      const secrets = new SecretManagerServiceClient(clientOptions);
      // Its declarations come with an older google-gax of their own.
      const projects = new ProjectsClient(clientOptions as ConstructorParameters<typeof ProjectsClient>[0]);
      open.push(kms, secrets, projects);
      return { kms, keyPolicies: kms as unknown as Policies, secrets, projects };
    },
    advance(milliseconds) {
      time.milliseconds += milliseconds;
    },
    async restart() {
      await stop();
      return await openWorld(options, folder, time);
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** What `assert.rejects` compares with a client's error: the gRPC code, and the text. */
export const refusal = (code: number, text: RegExp): { code: number; details: RegExp } => ({ code, details: text });
