/** The connection to Temporal, as the environment, a configuration file and the command's options say. */

import { extname, join } from 'node:path';
import { Client, Connection, isGrpcServiceError, ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Refusal } from '../domain/refusal.ts';
import { option } from './call.ts';
import type { Call } from './call.ts';
import { uiAddress } from './links.ts';
import { createRetries } from './retries.ts';

/** Turns payloads that nobody can read into a value instead of an error; worker and clients have to use the same. */
const payloadConverterPath = join(
  import.meta.dirname,
  '..',
  'workflows',
  `payload-converter${extname(import.meta.filename)}`,
);

export type Temporal = {
  readonly client: Client;
  /** Task queues are named after it. */
  readonly prefix: string;
  /** Address of the Temporal UI, where it is known. */
  readonly ui: string | undefined;
};

/** Milliseconds that a command waits for the first answer. */
const patience = 5_000;

/**
 * Connects, does the work and disconnects. Fails with TEMPORAL_UNREACHABLE when the server does not answer within
 * seconds, refuses the caller, or has no such namespace.
 */
export async function withTemporal<T>(call: Call, work: (temporal: Temporal) => Promise<T>): Promise<T> {
  const { connectionOptions, namespace } = connectSettings(call);
  const address = connectionOptions.address ?? 'localhost:7233';
  const retries = createRetries();
  const connecting = { ...connectionOptions, connectTimeout: patience, interceptors: [retries.interceptor] };
  const connection = await Connection.connect(connecting).catch((error) => {
    throw unreachable(error, address);
  });
  try {
    const client = new Client({ connection, namespace, dataConverter: { payloadConverterPath } });
    const prefix = call.environment.DIGDIR_TASK_QUEUE_PREFIX || 'digdir';
    return await work({ client, prefix, ui: uiAddress(call.environment, address) });
  } catch (error) {
    throw isTemporalTrouble(error) ? unreachable(error, `${address}, namespace ${namespace}`) : error;
  } finally {
    await retries.end();
    await connection.close();
  }
}

function connectSettings(call: Call) {
  const settings = loadClientConnectConfig({ overrideEnvVars: definedOnly(call.environment) });
  const address = option(call, 'temporal') ?? settings.connectionOptions.address;
  const namespace = option(call, 'namespace') ?? settings.namespace ?? 'default';
  return { connectionOptions: { ...settings.connectionOptions, ...(address ? { address } : {}) }, namespace };
}

const definedOnly = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** Whether the server, and not what was asked of it, is the trouble. */
export const isTemporalTrouble = (error: unknown): boolean =>
  error instanceof ServiceError || error instanceof NamespaceNotFoundError || isGrpcServiceError(error);

/** What keeps Temporal from answering, as a refusal. */
export function unreachable(error: unknown, where?: string): Refusal {
  const inner = error instanceof ServiceError && error.cause instanceof Error ? error.cause : error;
  const said = (inner instanceof Error ? inner.message : String(inner)).split('\n')[0] ?? '';
  return new Refusal('TEMPORAL_UNREACHABLE', where ? `${where}: ${said}` : said);
}
