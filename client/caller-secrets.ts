/**
 * An application's credentials and our record of its client, read from Secret Manager with the credentials of whoever
 * runs the command. Private keys never take another way: not through Temporal, not through a worker.
 */

import { clientTitle, credentialsSecretName } from '../domain/client-names.ts';
import { readRecord } from '../domain/client-record.ts';
import type { ClientRecord } from '../domain/client-record.ts';
import { lastPart } from '../domain/names.ts';
import { Refusal } from '../domain/refusal.ts';
import { createSecretManager } from '../services/secret-manager.ts';
import type { SecretManager, SecretVersion } from '../services/secret-manager.ts';
import { callerGoogle } from './caller-google.ts';
import type { ClientReference } from './client-reference.ts';

export type SecretReader = Pick<SecretManager, 'read' | 'readFrom' | 'secret'>;

export type PublishedVersion = {
  readonly version: number;
  /** Every variable of the application, the private key among them. */
  readonly variables: Readonly<Record<string, string>>;
};

/** Milliseconds for each call. */
const limits = { timeout: 10_000 };

/** Does the work with Secret Manager as the caller may see it. */
export async function withCallerSecrets<T>(
  environment: NodeJS.ProcessEnv,
  { tenant }: ClientReference,
  work: (secrets: SecretReader) => Promise<T>,
): Promise<T> {
  const google = callerGoogle(environment, [tenant.environment]);
  try {
    return await work(createSecretManager((await google.open()).secrets));
  } finally {
    await google.close();
  }
}

/** The record as Secret Manager shows it, which may be late; nothing where there is none. */
export async function readClientRecord(
  secrets: SecretReader,
  { client, tenant }: ClientReference,
): Promise<ClientRecord | undefined> {
  const name = credentialsSecretName(tenant.google, client);
  const secret = await secrets.secret(name, limits);
  if (!secret) return undefined;
  const record = readRecord(secret.labels, secret.annotations);
  if (typeof record === 'string') throw new Refusal('CLIENT_RECORD_BROKEN', `${name}: ${record}.`);
  return record;
}

/**
 * The credentials to use: those of `version`, or the highest that can be read from the one on record on, since the record
 * may be late and numbered versions never are. Fails with CREDENTIALS_MISSING.
 */
export async function readPublished(
  secrets: SecretReader,
  reference: ClientReference,
  version?: number,
): Promise<PublishedVersion> {
  const secret = credentialsSecretName(reference.tenant.google, reference.client);
  const found =
    version === undefined
      ? await newest(secrets, reference, secret)
      : await secrets.read(`${secret}/versions/${version}`, limits);
  if (!found || found === 'unusable') {
    const what = version === undefined ? `No version of ${secret} can` : `Version ${version} of ${secret} cannot`;
    throw new Refusal('CREDENTIALS_MISSING', `${what} be read.`);
  }
  const variables = variablesOf(found.data);
  if (variables) return { version: Number(lastPart(found.name)), variables };
  const message = `${found.name} holds something else than the credentials of ${clientTitle(reference.client)}.`;
  throw new Refusal('CREDENTIALS_MISSING', message);
}

async function newest(
  secrets: SecretReader,
  reference: ClientReference,
  secret: string,
): Promise<SecretVersion | undefined> {
  const record = await readClientRecord(secrets, reference).catch((error: unknown) => {
    // Whoever only uses the credentials has no right to what the secret says about itself, and finds them all the same.
    if (!(error instanceof Refusal) || error.code !== 'GOOGLE_DENIED') throw error;
  });
  return (await secrets.readFrom(secret, record?.published ?? 1, limits)).at(-1);
}

/** A name that is a variable of a shell, and a file without a folder. */
const variableName = /^[A-Z][A-Z0-9_]*$/;

function variablesOf(data: Buffer): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value as Record<string, unknown>);
    const sound = entries.filter(
      (entry): entry is [string, string] => variableName.test(entry[0]) && typeof entry[1] === 'string',
    );
    return entries.length > 0 && sound.length === entries.length ? Object.fromEntries(sound) : undefined;
  } catch {
    return undefined;
  }
}
