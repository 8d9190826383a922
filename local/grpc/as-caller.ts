/** Client options that point an official Google client at the local services, in the name of one principal. */
import { credentials } from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';
import type { ClientOptions } from 'google-gax';

/**
 * google-gax hands grpc-js only options named `grpc.…`, and of grpc-js's own, which have no prefix, only
 * `callInvocationTransformer` (it strips the prefix); `grpc.interceptors` has no effect. `PassThroughClient` keeps it
 * from looking for credentials of the machine.
 */
export function asCaller(server: { host: string; port: number }, email: string): ClientOptions {
  return {
    apiEndpoint: server.host,
    port: server.port,
    sslCreds: credentials.createInsecure(),
    authClient: new PassThroughClient(),
    'grpc.callInvocationTransformer': <T extends { metadata: { set(key: string, value: string): void } }>(
      call: T,
    ): T => {
      call.metadata.set('authorization', `Bearer local:${email}`);
      return call;
    },
  };
}
