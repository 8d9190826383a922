/** The wire definitions of the emulated services, read from the .proto files that the official clients ship. */
import { createRequire } from 'node:module';
import path from 'node:path';

import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';

import type { RpcError, Violation } from './rpc-error.ts';

export type Protos = {
  readonly kms: ServiceDefinition;
  /** KMS serves its policies under this service; the other two have these methods in their own. */
  readonly kmsPolicies: ServiceDefinition;
  readonly secretManager: ServiceDefinition;
  readonly projects: ServiceDefinition;
  /** A `google.rpc.Status` for the trailer `grpc-status-details-bin`. */
  readonly encodeStatus: (error: RpcError, violation: Violation) => Buffer;
};

export function loadProtos(): Protos {
  const definitions = loadSync(
    [
      'google/cloud/kms/v1/service.proto',
      'google/cloud/secretmanager/v1/service.proto',
      'google/cloud/resourcemanager/v3/projects.proto',
      'google/iam/v1/iam_policy.proto',
      'google/rpc/status.proto',
      'google/rpc/error_details.proto',
    ],
    {
      includeDirs: [
        '@google-cloud/kms',
        '@google-cloud/secret-manager',
        '@google-cloud/resource-manager',
        'google-gax',
      ].map(protoFolder),
      longs: String,
      enums: String,
      arrays: true,
      objects: true,
      oneofs: true,
    },
  );
  const statusType = messageType(definitions, 'google.rpc.Status');
  const failureType = messageType(definitions, 'google.rpc.PreconditionFailure');
  return {
    kms: service(definitions, 'google.cloud.kms.v1.KeyManagementService'),
    kmsPolicies: service(definitions, 'google.iam.v1.IAMPolicy'),
    secretManager: service(definitions, 'google.cloud.secretmanager.v1.SecretManagerService'),
    projects: service(definitions, 'google.cloud.resourcemanager.v3.Projects'),
    encodeStatus(error, violation) {
      const detail = {
        type_url: 'type.googleapis.com/google.rpc.PreconditionFailure',
        value: failureType.serialize({ violations: [violation] }),
      };
      return statusType.serialize({ code: error.code, message: error.message, details: [detail] });
    },
  };
}

/** The packages' `exports` hide their `package.json`, so the folder is found from the entry point (build/src/index.js). */
function protoFolder(name: string): string {
  return path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..', 'protos');
}

function service(definitions: PackageDefinition, name: string): ServiceDefinition {
  const found = definitions[name];
  if (!found || 'format' in found) throw new Error(`The official client's protos define no service ${name}`);
  return found;
}

function messageType(definitions: PackageDefinition, name: string): MessageTypeDefinition<object, object> {
  const found = definitions[name];
  if (!found || !('serialize' in found)) throw new Error(`google-gax's protos define no message ${name}`);
  return found as MessageTypeDefinition<object, object>;
}
