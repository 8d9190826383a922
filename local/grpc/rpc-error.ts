/** What a local Google service refuses, with the code and text that the real one would answer. */
import { status } from '@grpc/grpc-js';

export type Violation = { readonly type: string; readonly subject: string; readonly description: string };

export class RpcError extends Error {
  readonly code: status;
  /** Becomes a `google.rpc.PreconditionFailure` detail. */
  readonly violation: Violation | undefined;
  constructor(code: status, message: string, violation?: Violation) {
    super(message);
    this.code = code;
    this.violation = violation;
  }
}

export const invalidArgument = (message: string): RpcError => new RpcError(status.INVALID_ARGUMENT, message);
export const notFound = (message: string): RpcError => new RpcError(status.NOT_FOUND, message);
export const alreadyExists = (message: string): RpcError => new RpcError(status.ALREADY_EXISTS, message);
export const permissionDenied = (message: string): RpcError => new RpcError(status.PERMISSION_DENIED, message);
export const unimplemented = (message: string): RpcError => new RpcError(status.UNIMPLEMENTED, message);
export const aborted = (message: string): RpcError => new RpcError(status.ABORTED, message);
export const unavailable = (message: string): RpcError => new RpcError(status.UNAVAILABLE, message);
export const failedPrecondition = (message: string, violation?: Violation): RpcError =>
  new RpcError(status.FAILED_PRECONDITION, message, violation);
