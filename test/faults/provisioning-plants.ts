/** Defects in what is done to an application's client. */

import { asAdmin } from '../../activities/admin-access.ts';
import { write } from '../../activities/client-record.ts';
import type { HeldRecord } from '../../activities/client-record.ts';
import type { OperatorActivities } from '../../activities/index.ts';
import { isForeign, keyOf } from '../../domain/client-keys.ts';
import type { RegisteredKey } from '../../domain/client-keys.ts';
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
  /** Unproven keys are taken to be destroyed before they are. */
  'candidates-forgotten': { activity: 'makeKey', instead: forgetCandidates },
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
export function registerAnd(stays: (key: RegisteredKey, held: Registering[1]) => boolean): Defect['instead'] {
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

async function forgetCandidates(_inputs: Inputs, usual: () => Promise<unknown>): Promise<HeldRecord> {
  const { record, etag } = (await usual()) as HeldRecord;
  return { record: { ...record, spentCandidates: 99 }, etag };
}
