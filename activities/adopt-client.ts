/** The step that takes over a client that somebody else made at Digdir. */

import { adoptedRecord } from '../domain/client-adoption.ts';
import type { StepOf } from '../domain/client-step.ts';
import { markerOf } from '../domain/oauth-client.ts';
import type { ProvisioningRequest } from '../domain/provisioning.ts';
import type { Limits } from '../services/limits.ts';
import { asAdmin } from './admin-access.ts';
import { attempt } from './attempt.ts';
import { present, write } from './client-record.ts';
import type { HeldRecord } from './client-record.ts';
import type { Services } from './services.ts';

/** Writes that the record is about this client, with the keys that are at Digdir now as old ones. Changes nothing there. */
export const adoptClient = (services: Services) =>
  attempt(
    async (
      limits: Limits,
      request: ProvisioningRequest,
      held: HeldRecord,
      { clientId }: StepOf<'adopt-client'>,
    ): Promise<HeldRecord> => {
      const now = await present(services, limits, request, held);
      // An attempt before has written it. The id alone would not tell: a removed client keeps its own on record.
      if (now.record.clientId === clientId && now.record.revision > held.record.revision) return now;
      const keys = await asAdmin(services, limits, request, (token) =>
        services.selfService.keys(clientId, token, limits),
      );
      const kids = keys.map(({ kid }) => kid);
      services.audit({ event: 'client-adopted', client: markerOf(request.client), clientId, kids });
      return await write(
        services,
        limits,
        request,
        now,
        adoptedRecord(now.record, clientId, keys, services.clock.now()),
      );
    },
  );
