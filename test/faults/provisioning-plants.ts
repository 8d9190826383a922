/** Defects in what is done to an application's client. */

import { generateKeyPairSync } from 'node:crypto';
import { asAdmin } from '../../activities/admin-access.ts';
import { write } from '../../activities/client-record.ts';
import type { OperatorActivities } from '../../activities/index.ts';
import { isForeign, keyOf } from '../../domain/client-keys.ts';
import type { RegisteredKey } from '../../domain/client-keys.ts';
import { candidateSecretName } from '../../domain/client-names.ts';
import { lastPart } from '../../domain/names.ts';
import type { WorkerSettings } from '../../worker/settings.ts';
import { withServices } from './defect.ts';
import type { Defect, Inputs } from './defect.ts';

export const provisioningDefects = {
  /** That Digdir is about to be asked is not on record, so an attempt whose forerunner's reply was lost asks once more. */
  'asked-without-a-record': { activity: 'registerClient', instead: askBlindly },
  /** A key is published on trust. */
  'published-without-proof': { activity: 'proveKey', instead: async ([, held]) => held },
  /** The set of keys is replaced by ours. */
  'keys-of-others-dropped': {
    activity: 'registerKey',
    instead: registerAnd((key, { record }) => !isForeign(record, key)),
  },
  /** The published key goes when another is registered, and not when that is in use. */
  'old-key-withdrawn-early': {
    activity: 'registerKey',
    instead: registerAnd((key, { record }) => key.kid !== keyOf(record, 'current')?.kid),
  },
  /** An attempt whose forerunner's reply was lost makes the key once more. */
  'key-made-again': { activity: 'makeKey', instead: makeBlindly },
} satisfies Record<string, Defect>;

const limits = { timeout: 2_000 };

async function askBlindly(inputs: Inputs, _usual: unknown, settings: WorkerSettings): Promise<unknown> {
  const [request, held, { body }] = inputs as Parameters<OperatorActivities['registerClient']>;
  return await withServices(settings, 'operator', async (services) => {
    const create = (token: string) => services.selfService.createClient(body, token, limits);
    const clientId = await asAdmin(services, limits, request, create);
    return await write(services, limits, request, held, { ...held.record, clientId });
  });
}

/** Registers the key as usual, and then writes the set again with some of the keys only. */
function registerAnd(stays: (key: RegisteredKey, held: Registering[1]) => boolean): Defect['instead'] {
  return async (inputs, usual, settings) => {
    const registered = await usual();
    const [request, held] = inputs as Registering;
    const { clientId = '' } = held.record;
    await withServices(settings, 'operator', (services) =>
      asAdmin(services, limits, request, async (token) => {
        const keys = await services.selfService.keys(clientId, token, limits);
        const staying = keys.filter((key) => stays(key, held));
        await services.selfService.replaceKeys(clientId, staying, token, limits);
      }),
    );
    return registered;
  };
}

type Registering = Parameters<OperatorActivities['registerKey']>;

async function makeBlindly(inputs: Inputs, _usual: unknown, settings: WorkerSettings): Promise<unknown> {
  const [request, held, { kid }] = inputs as Parameters<OperatorActivities['makeKey']>;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const data = Buffer.from(JSON.stringify({ kid, ...privateKey.export({ format: 'jwk' }) }));
  return await withServices(settings, 'operator', async (services) => {
    const version = await services.secrets.addVersion(
      candidateSecretName(request.google, request.client),
      data,
      limits,
    );
    const candidate = Number(lastPart(version));
    const key = { kid, role: 'candidate', created: new Date().toISOString(), candidate } as const;
    const record = { ...held.record, keys: [...held.record.keys, key], lastCandidate: candidate };
    return await write(services, limits, request, held, record);
  });
}
