/** Defects in what is done to the scopes that a client exposes. */

import { asAdmin } from '../../activities/admin-access.ts';
import type { OperatorActivities } from '../../activities/index.ts';
import type { WorkerSettings } from '../../worker/settings.ts';
import { withServices } from './defect.ts';
import type { Defect, Inputs } from './defect.ts';

export const scopeDefects = {
  /** A scope is made that no record names: were the run to end there, nobody would end it. */
  'scopes-made-unclaimed': { activity: 'claimScopes', instead: async ([, held]) => held },
  /** All consumers lose their access where one should, and are to get it back by the next apply. */
  'access-withdrawn-from-all': { activity: 'withdrawAccess', instead: withdrawAll },
} satisfies Record<string, Defect>;

const limits = { timeout: 2_000 };

async function withdrawAll(inputs: Inputs, usual: () => Promise<unknown>, settings: WorkerSettings): Promise<unknown> {
  const [request, , { scope }] = inputs as Parameters<OperatorActivities['withdrawAccess']>;
  await withServices(settings, 'operator', (services) =>
    asAdmin(services, limits, request, async (token) => {
      for (const consumer of await services.scopes.consumers(scope, token, limits)) {
        await services.scopes.withdrawAccess(scope, consumer, token, limits);
      }
    }),
  );
  return await usual();
}
