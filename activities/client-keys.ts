/** The steps that make, register, prove, publish and retire a client's keys. Each may run twice and leaves one effect. */

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { candidateSecretName } from '../domain/client-names.ts';
import { isForeign, isRegistered, mostKeys, withEnd, withKey, withoutKeys } from '../domain/client-keys.ts';
import type { RegisteredKey } from '../domain/client-keys.ts';
import type { StepOf } from '../domain/client-step.ts';
import type { ClientRecord, RecordedKey } from '../domain/client-record.ts';
import { lastPart } from '../domain/names.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import { asAdmin } from './admin-access.ts';
import { attempt, begunAt } from './attempt.ts';
import { present, write } from './client-record.ts';
import type { HeldRecord } from './client-record.ts';
import { parseKey, privateKey } from './credentials.ts';
import type { PrivateJwk } from './credentials.ts';
import type { Services } from './services.ts';

/** Makes an RSA key of 2048 bits for RS256. Its private half goes to the candidates' secret, and nowhere else. */
export const makeKey = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { kid }: StepOf<'make-key'>,
    ): Promise<HeldRecord> => {
      const now = await present(services, limits, request, held);
      const { record } = now;
      if (record.keys.some((key) => key.kid === kid)) return now;
      const candidates = await withCandidate(services, limits, request, record, kid);
      const candidate = candidates.find((one) => one.kid === kid)?.number;
      if (candidate === undefined) throw new Refusal('CLIENT_KEY_MISSING', `${kid} was made, and cannot be read.`);
      const key: RecordedKey = { kid, role: 'candidate', created: services.clock.now().toISOString(), candidate };
      // What is added from now on has a higher number, so nothing below the lowest can be read any more.
      const spentCandidates = Math.min(...candidates.map(({ number }) => number)) - 1;
      return await write(services, limits, request, now, { ...record, keys: [...record.keys, key], spentCandidates });
    },
  );

type Candidate = { readonly number: number; readonly kid: string | undefined };

/**
 * The candidates that can be read, the lowest first: this key is added unless it is there, which is so when an attempt has
 * lost its reply. Of attempts at the same time each may add one; looking once more afterwards, all see the lowest.
 */
async function withCandidate(
  { secrets }: Services,
  limits: Limits,
  { google, client }: ProvisioningRequest,
  { spentCandidates }: ClientRecord,
  kid: string,
): Promise<readonly Candidate[]> {
  const secret = candidateSecretName(google, client);
  const look = async (): Promise<readonly Candidate[]> => {
    const readable = await secrets.readFrom(secret, spentCandidates + 1, limits);
    return readable.map(({ name, data }) => ({ number: Number(lastPart(name)), kid: parseKey(data.toString())?.kid }));
  };
  const before = await look();
  if (before.some((one) => one.kid === kid)) return before;
  await secrets.addVersion(secret, await newKey(kid), limits);
  return await look();
}

const generate = promisify(generateKeyPair);

async function newKey(kid: string): Promise<Buffer> {
  const { privateKey: key } = await generate('rsa', { modulusLength: 2048 });
  return Buffer.from(JSON.stringify({ use: 'sig', kid, alg: 'RS256', ...key.export({ format: 'jwk' }) }));
}

/**
 * Registers the public half beside the keys that are there: read, merged, written, read again. `CLIENT_KEYS_FULL` instead
 * of a sixth key.
 */
export const registerKey = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { kid }: StepOf<'register-key'>,
    ): Promise<HeldRecord> => {
      const { record } = held;
      const added = publicHalf(await privateKey(services, limits, request, record, kid));
      await changeKeys(services, limits, request, record, (keys) => {
        if (isRegistered(keys, kid)) return keys;
        const merged = withKey(keys, added, record, services.clock.now());
        if (merged.length <= mostKeys) return merged;
        throw new Refusal('CLIENT_KEYS_FULL', `The client has ${keys.length} keys: ${kidsOf(keys)}.`);
      });
      services.audit({ event: 'client-key-registered', clientId: record.clientId, kid });
      return held;
    },
  );

const publicHalf = ({ kty, n, e, kid }: PrivateJwk): RegisteredKey => ({ kty, n, e, kid, use: 'sig', alg: 'RS256' });

const kidsOf = (keys: readonly RegisteredKey[]): string => keys.map(({ kid }) => kid).join(', ');

/**
 * Reads the keys, writes what `change` makes of them where that is something else, and sees that Digdir has it so. Tells
 * the keys as they are then.
 */
async function changeKeys(
  services: Services,
  limits: Limits,
  request: ProvisioningRequest,
  { clientId = '' }: ClientRecord,
  change: (keys: readonly RegisteredKey[]) => readonly RegisteredKey[],
): Promise<readonly RegisteredKey[]> {
  const { selfService } = services;
  return await asAdmin(services, limits, request, async (token) => {
    const before = await selfService.keys(clientId, token, limits);
    const wanted = change(before);
    if (wanted === before) return before;
    await selfService.replaceKeys(clientId, wanted, token, limits);
    const after = await selfService.keys(clientId, token, limits);
    const missing = wanted.filter(({ kid }) => !isRegistered(after, kid));
    if (missing.length === 0) return after;
    throw new Refusal(
      'STATE_CONFLICT',
      `Somebody else changed the keys of ${clientId}: ${kidsOf(missing)} is missing.`,
    );
  });
}

/** Milliseconds from now: the earliest end that Digdir still takes for one in the future when the request arrives. */
const soonestEnd = 5_000;

/** Lets old keys end: Digdir itself stops taking them then, whatever becomes of us. */
export const limitKeys = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { kids, seconds }: StepOf<'limit-keys'>,
    ): Promise<HeldRecord> => {
      const latest = await present(services, limits, request, held);
      const { record } = latest;
      const now = services.clock.now().getTime();
      // The same for every attempt, unless it took so long that Digdir would find it in the past.
      const end = Math.floor(Math.max(begunAt() + seconds * 1000, now + soonestEnd) / 1000);
      const left = await changeKeys(services, limits, request, record, (keys) => withEnd(keys, kids, end));
      services.audit({ event: 'client-keys-limited', clientId: record.clientId, kids, seconds });
      // As Digdir says: another attempt may have let them end earlier.
      const ends = new Map(left.map((key) => [key.kid, key.exp]));
      const keys = record.keys.map((key) => {
        const exp = kids.includes(key.kid) ? ends.get(key.kid) : undefined;
        return exp === undefined ? key : { ...key, ends: new Date(exp * 1000).toISOString() };
      });
      return await write(services, limits, request, latest, { ...record, keys });
    },
  );

/** Takes keys of ours away. What is left is written as a set, or, where nothing would be left, each is deleted by itself. */
export const removeKeys = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { kids }: StepOf<'remove-keys'>,
    ): Promise<HeldRecord> => {
      const now = await present(services, limits, request, held);
      const { record } = now;
      const { clientId = '' } = record;
      const own = kids.filter((kid) => !isForeign(record, { kid }));
      const staysActive = record.keys.some((key) => key.role === 'current' && !own.includes(key.kid));
      if (staysActive) {
        await changeKeys(services, limits, request, record, (keys) =>
          own.some((kid) => isRegistered(keys, kid)) ? withoutKeys(keys, own) : keys,
        );
      } else {
        // A client that is out of use: it is given no set any more, and keys of others stay with it.
        await asAdmin(services, limits, request, async (token) => {
          for (const kid of own) await services.selfService.deleteKey(clientId, kid, token, limits);
        });
      }
      services.audit({ event: 'client-keys-removed', clientId, kids: own });
      const keys = record.keys.filter(({ kid }) => !own.includes(kid));
      return await write(services, limits, request, now, { ...record, keys });
    },
  );
