/** The local Google Cloud: KMS, Secret Manager and a little of Resource Manager for one project, on one gRPC port. */
import { generateKeyPair } from 'node:crypto';
import path from 'node:path';

import type { Calls } from './calls.ts';
import type { Project } from './grpc/names.ts';
import { loadProtos } from './grpc/protos.ts';
import { openRecords } from './grpc/records.ts';
import { serve } from './grpc/server.ts';
import { createAuthority, type Bind, type ProjectRecord } from './iam/authority.ts';
import { toWire } from './iam/policy.ts';
import type { GenerateKeyPair, Kms } from './kms/kms.ts';
import { cloudKms, inspectKms, openKmsRecords } from './kms/service.ts';
import { resourceManager } from './resource-manager/service.ts';
import { inspectSecrets, openSecretRecords, secretManager } from './secret-manager/service.ts';

/** How the services behave; changeable at run time. Times in milliseconds. */
export type GoogleSettings = {
  /** How long an imported version stays PENDING_IMPORT. */
  importDelay: number;
  /** How long an import job, or a generated version, stays PENDING_GENERATION. */
  jobDelay: number;
  /** How far `latest`, aliases, metadata and lists of Secret Manager lag behind, from the next write on. */
  staleLatest: number;
  /** How far metadata and lists do, where it is another time than for the rest. */
  staleMetadata?: number | undefined;
  /** Until a grant takes effect; asked when it is set. */
  iamDelay: number;
  /** What `TestIamPermissions` says of a missing resource: NOT_FOUND or PERMISSION_DENIED, or an empty set. */
  testMissing: 'refuse' | 'empty';
};

type GoogleInspection = ReturnType<typeof inspectKms> & {
  readonly secrets: ReturnType<typeof inspectSecrets>;
  /** The project's own role bindings. */
  readonly bindings: ReturnType<typeof toWire>['bindings'];
};

export type LocalGoogle = {
  readonly host: '127.0.0.1';
  /** One gRPC port that serves all three systems. */
  readonly port: number;
  readonly project: Project;
  readonly settings: GoogleSettings;
  /** Adds a role binding to the project, as an administrator outside of the product would. */
  readonly bind: Bind;
  readonly unbind: (member: string, role: string) => void;
  /** What exists, for the invariants of tests. */
  inspect(): GoogleInspection;
  /** Carries out one RPC by the caller's rights, as if it had been called, and without an entry in the ledger. */
  aside(method: string, request: object, caller: string): Promise<object>;
  close(): Promise<void>;
};

export type GoogleOptions = {
  /** Where everything is kept: a new start on the same folder goes on with it. */
  readonly folder: string;
  readonly calls: Calls;
  readonly project?: Project;
  /** 0, the default: one that is free. */
  readonly port?: number;
  /** Custom roles: `projects/local/roles/keyImporter` → permissions. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly settings?: Partial<GoogleSettings>;
  readonly clock?: () => Date;
  /** RSA keys of import jobs and generated versions. */
  readonly generateKeyPair?: GenerateKeyPair;
};

/** Starts the services; listening when it resolves. Everything that an answered call changed is in the folder by then. */
export async function startGoogle(options: GoogleOptions): Promise<LocalGoogle> {
  const project = options.project ?? { id: 'local-project', number: '123456789012' };
  const settings: GoogleSettings = {
    importDelay: 50,
    jobDelay: 50,
    staleLatest: 0,
    iamDelay: 0,
    testMissing: 'refuse',
    ...options.settings,
  };
  const clock = options.clock ?? (() => new Date());
  const now = (): number => clock().getTime();

  const projects = openRecords<ProjectRecord>(path.join(options.folder, 'projects'));
  const records = openKmsRecords(path.join(options.folder, 'kms'));
  const secrets = openSecretRecords(path.join(options.folder, 'secret-manager'), now, settings);

  const authority = createAuthority({ project, projects, roles: options.roles ?? {}, now, settings });
  const kms: Kms = { ...records, authority, settings, now, generateKeyPair: options.generateKeyPair ?? generateRsa };
  const vault = { authority, secrets, settings, now };

  const protos = loadProtos();
  const { handlers, policies } = cloudKms(kms);
  const secretHandlers = secretManager(vault);
  const server = await serve({
    calls: options.calls,
    encodeStatus: protos.encodeStatus,
    port: options.port ?? 0,
    services: [
      { system: 'kms', definition: protos.kms, handlers },
      { system: 'kms', definition: protos.kmsPolicies, handlers: policies },
      { system: 'secret-manager', definition: protos.secretManager, handlers: secretHandlers },
      { system: 'resource-manager', definition: protos.projects, handlers: resourceManager(authority, settings) },
    ],
  });

  return {
    host: '127.0.0.1',
    port: server.port,
    project,
    settings,
    bind: authority.bind,
    unbind: authority.unbind,
    inspect: () => ({
      ...inspectKms(kms),
      secrets: inspectSecrets(vault),
      bindings: toWire(authority.projectRecord().policy).bindings,
    }),
    async aside(method, request, caller) {
      const handler = handlers[method] ?? secretHandlers[method];
      if (!handler) throw new RangeError(`There is no RPC ${method}.`);
      return await handler(request as never, caller);
    },
    async close() {
      for (const opened of [projects, records.rings, records.keys, records.jobs, secrets]) opened.close();
      server.close();
    },
  };
}

const generateRsa: GenerateKeyPair = (modulusLength) =>
  new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength }, (error, publicKey, privateKey) =>
      error ? reject(error) : resolve({ publicKey, privateKey }),
    );
  });
