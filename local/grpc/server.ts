/** One gRPC server on loopback for all emulated services: who calls, the ledger of calls, and how refusals look. */
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

import { DisturbedCall, type Calls, type System } from '../calls.ts';
import type { Protos } from './protos.ts';
import { RpcError } from './rpc-error.ts';

/** Answers one RPC for a caller (an e-mail address); throws `RpcError` to refuse. */
type Handler = (request: never, caller: string) => object | Promise<object>;
export type Handlers = Readonly<Record<string, Handler>>;

export type Service = {
  readonly system: System;
  readonly definition: ServiceDefinition;
  /** By the RPC's name; those that are missing answer UNIMPLEMENTED. */
  readonly handlers: Handlers;
};

/** Listens on 127.0.0.1 (`port` 0: one that is free). `close` cuts what is under way. */
export async function serve(options: {
  services: readonly Service[];
  calls: Calls;
  encodeStatus: Protos['encodeStatus'];
  port: number;
}): Promise<{ port: number; close(): void }> {
  const server = new Server();
  for (const { system, definition, handlers } of options.services) {
    const implementation: UntypedServiceImplementation = {};
    for (const [method, handler] of Object.entries(handlers)) {
      implementation[method] = (call: ServerUnaryCall<unknown, object>, reply: sendUnaryData<object>) => {
        answer(options, system, method, handler, call).then(
          (value) => reply(null, value),
          (error: unknown) => reply(asStatus(error, options.encodeStatus)),
        );
      };
    }
    server.addService(definition, implementation);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

async function answer(
  { calls }: { calls: Calls },
  system: System,
  method: string,
  handler: Handler,
  call: ServerUnaryCall<unknown, object>,
): Promise<object> {
  const caller = /^Bearer local:(\S+@\S+)$/.exec(String(call.metadata.get('authorization')[0] ?? ''))?.[1];
  return await calls.run({ system, method, caller: caller ?? 'anonymous' }, () => {
    if (!caller) {
      throw new RpcError(
        status.UNAUTHENTICATED,
        'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
      );
    }
    // The service definition decoded the request to the type that the handler of this method declares.
    return handler(call.request as never, caller);
  });
}

function asStatus(error: unknown, encodeStatus: Protos['encodeStatus']): Parameters<sendUnaryData<object>>[0] {
  if (error instanceof DisturbedCall) {
    const details =
      error.disturbance === 'refuse' ? 'The service is currently unavailable.' : 'Connection dropped: read ECONNRESET';
    return { code: status.UNAVAILABLE, details };
  }
  if (!(error instanceof RpcError))
    return { code: status.INTERNAL, details: `The local service failed: ${String(error)}` };
  const metadata = new Metadata();
  if (error.violation) metadata.set('grpc-status-details-bin', encodeStatus(error, error.violation));
  return { code: error.code, details: error.message, metadata };
}
