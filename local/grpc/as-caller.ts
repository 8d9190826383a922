/** Client options that point an official Google client at the local services, in the name of one principal. */
import { credentials, type CallProperties } from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';

type Transformer = (properties: CallProperties<unknown, unknown>) => CallProperties<unknown, unknown>;

type CallerOptions = {
  readonly apiEndpoint: string;
  readonly port: number;
  readonly sslCreds: ReturnType<typeof credentials.createInsecure>;
  readonly authClient: PassThroughClient;
  readonly 'grpc.callInvocationTransformer': Transformer;
};

/**
 * google-gax hands grpc-js only options named `grpc.…`, and of grpc-js's own (unprefixed) client options only
 * `callInvocationTransformer` (it strips the prefix), so `grpc.interceptors` has no effect. `PassThroughClient` keeps it
 * from looking for credentials of the machine.
 */
export function asCaller(server: { host: string; port: number }, email: string): CallerOptions {
  return {
    apiEndpoint: server.host,
    port: server.port,
    sslCreds: credentials.createInsecure(),
    authClient: new PassThroughClient(),
    'grpc.callInvocationTransformer': (properties) => {
      properties.metadata.set('authorization', `Bearer local:${email}`);
      return properties;
    },
  };
}
