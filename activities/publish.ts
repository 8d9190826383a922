/** Publishing: the proven key becomes a version of the credentials, and the record says which one is to be used. */

import { candidateSecretName, credentialsSecretName } from '../domain/client-names.ts';
import type { StepOf } from '../domain/client-step.ts';
import type { ClientRecord, RecordedKey } from '../domain/client-record.ts';
import { lastPart } from '../domain/names.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import type { Limits } from '../services/limits.ts';
import { asAdmin } from './admin-access.ts';
import { attempt } from './attempt.ts';
import { present, write } from './client-record.ts';
import type { HeldRecord } from './client-record.ts';
import { privateKey, writeCredentials } from './credentials.ts';
import type { Services } from './services.ts';

/** Adds the credentials as a version, unless it is there, notes it, and destroys the candidates that it makes superfluous. */
export const publish = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { kid, variables }: StepOf<'publish'>,
    ): Promise<HeldRecord> => {
      const now = await present(services, limits, request, held);
      const { record } = now;
      const { clientId = '', published } = record;
      const key = await privateKey(services, limits, request, record, kid);
      const content = writeCredentials(request.client.kind, { variables, clientId, key });
      const secret = credentialsSecretName(request.google, request.client);
      const versions = await services.secrets.readFrom(secret, published ?? 1, limits);
      const last = versions.at(-1);
      const version = last?.data.equals(content)
        ? last.name
        : await services.secrets.addVersion(secret, content, limits);
      const expires = await expiryOf(services, limits, request, clientId, kid);
      const keys = record.keys.map((one) => rolesAfter(one, kid, expires));
      const noted = { ...record, keys, published: Number(lastPart(version)) };
      const next = await write(services, limits, request, now, noted);
      services.audit({ event: 'credentials-published', clientId, kid, version });
      await destroyCandidates(services, limits, request, record);
      return next;
    },
  );

/** The published key is current, the one before it old. */
function rolesAfter(key: RecordedKey, published: string, expires: string | undefined): RecordedKey {
  if (key.kid !== published) return key.role === 'current' ? { ...key, role: 'old' } : key;
  const { candidate: _candidate, ...known } = key;
  return { ...known, role: 'current', ...(expires === undefined ? {} : { expires }) };
}

/** When Digdir stops taking the key, as it says itself. */
async function expiryOf(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  clientId: string,
  kid: string,
): Promise<string | undefined> {
  const keys = await asAdmin(services, limits, request, (token) => services.selfService.keys(clientId, token, limits));
  const exp = keys.find((key) => key.kid === kid)?.exp;
  return exp === undefined ? undefined : new Date(exp * 1000).toISOString();
}

/** Destroys every candidate that can be read; tells the number up to which all are destroyed then. */
export async function destroyCandidates(
  services: Services,
  limits: Limits,
  { google, client }: ProvisioningRequest,
  { spentCandidates }: ClientRecord,
): Promise<number> {
  const secret = candidateSecretName(google, client);
  const left = await services.secrets.readFrom(secret, spentCandidates + 1, limits);
  for (const { name } of left) await services.secrets.destroyVersion(name, limits);
  return Math.max(spentCandidates, ...left.map(({ name }) => Number(lastPart(name))));
}
