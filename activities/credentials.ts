/** The secret part of a client: private keys, and the credentials that are published. None of it leaves an activity. */

import type { JWK } from 'jose';
import { candidateSecretName, credentialsSecretName } from '../domain/client-names.ts';
import type { ClientRecord } from '../domain/client-record.ts';
import type { Variables } from '../domain/client-step.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import type { ClientKind } from '../domain/tenant.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import type { Services } from './services.ts';

/** Names of the variables that every client of the kind has. */
const variableNames: Record<ClientKind, { readonly clientId: string; readonly key: string }> = {
  idporten: { clientId: 'IDPORTEN_CLIENT_ID', key: 'IDPORTEN_CLIENT_JWK' },
  maskinporten: { clientId: 'MASKINPORTEN_CLIENT_ID', key: 'MASKINPORTEN_CLIENT_JWK' },
};

/** A private RSA key as the application gets it (RFC 7517, RFC 7518 section 6.3). */
export type PrivateJwk = JWK & { readonly kid: string };

/** What is published: every variable of the application, the private key among them. */
export type Credentials = { readonly variables: Variables; readonly clientId: string; readonly key: PrivateJwk };

/** The text of a published version: one JSON object, a member for each variable. */
export function writeCredentials(kind: ClientKind, { variables, clientId, key }: Credentials): Buffer {
  const names = variableNames[kind];
  const all = { [names.clientId]: clientId, [names.key]: JSON.stringify(key), ...variables };
  return Buffer.from(
    JSON.stringify(Object.fromEntries(Object.entries(all).toSorted(([one], [other]) => (one < other ? -1 : 1)))),
  );
}

/** The credentials of one version; nothing when the version cannot be read, or holds something else. */
export async function readCredentials(
  { secrets }: Services,
  limits: Limits,
  { google, client }: ProvisioningRequest,
  version: number,
): Promise<Credentials | undefined> {
  const found = await secrets.read(`${credentialsSecretName(google, client)}/versions/${version}`, limits);
  return found && found !== 'unusable' ? parseCredentials(client.kind, found.data) : undefined;
}

function parseCredentials(kind: ClientKind, data: Buffer): Credentials | undefined {
  const value = parseObject(data.toString());
  const names = variableNames[kind];
  const { [names.clientId]: clientId, [names.key]: text, ...variables } = value ?? {};
  const key = parseKey(typeof text === 'string' ? text : '');
  if (!key || typeof clientId !== 'string') return undefined;
  const texts = Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { clientId, key, variables: Object.fromEntries(texts) };
}

export function parseKey(text: string): PrivateJwk | undefined {
  const value = parseObject(text);
  return value && typeof value['kid'] === 'string' && typeof value['d'] === 'string'
    ? (value as PrivateJwk)
    : undefined;
}

/** The private key with this id: a candidate's, or a published one's. `CLIENT_KEY_MISSING` when it is in neither. */
export async function privateKey(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  record: ClientRecord,
  kid: string,
): Promise<PrivateJwk> {
  const { candidate } = record.keys.find((one) => one.kid === kid) ?? {};
  const unproven = candidate === undefined ? undefined : await candidateKey(services, limits, request, candidate);
  if (unproven?.kid === kid) return unproven;
  // Published by an attempt that this one does not know of, when the record does not say so.
  const keys = await publishedKeys(services, limits, request, record);
  const published = keys.find((key) => key.kid === kid);
  if (published) return published;
  throw new Refusal('CLIENT_KEY_MISSING', `The private half of ${kid} cannot be read.`);
}

/** The private keys in the version that the record knows as published, and in those after it. */
async function publishedKeys(
  { secrets }: Services,
  limits: Limits,
  { google, client }: ProvisioningRequest,
  { published = 1 }: ClientRecord,
): Promise<readonly PrivateJwk[]> {
  const versions = await secrets.readFrom(credentialsSecretName(google, client), published, limits);
  return versions.flatMap(({ data }) => parseCredentials(client.kind, data)?.key ?? []);
}

/** Ids of candidates that somebody disabled or destroyed before they were published. */
export async function lostCandidates(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  record: ClientRecord,
): Promise<readonly string[]> {
  const spent = await spentCandidates(services, limits, request, record);
  if (spent.length === 0) return [];
  // A record of before knows a published key as a candidate; nothing published is ever lost.
  const published = await publishedKeys(services, limits, request, record);
  return spent.filter((kid) => !published.some((key) => key.kid === kid));
}

/** Ids of candidates that can no longer be read as such: they were published, or are lost. */
export async function spentCandidates(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  { keys }: ClientRecord,
): Promise<readonly string[]> {
  const candidates = keys.flatMap(({ kid, candidate }) => (candidate === undefined ? [] : [{ kid, candidate }]));
  const read = candidates.map(async ({ kid, candidate }) => {
    const key = await candidateKey(services, limits, request, candidate);
    return key?.kid === kid ? [] : [kid];
  });
  return (await Promise.all(read)).flat();
}

async function candidateKey(
  { secrets }: Services,
  limits: Limits,
  { google, client }: ProvisioningRequest,
  version: number,
): Promise<PrivateJwk | undefined> {
  const found = await secrets.read(`${candidateSecretName(google, client)}/versions/${version}`, limits);
  return found && found !== 'unusable' ? parseKey(found.data.toString()) : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
