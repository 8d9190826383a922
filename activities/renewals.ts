/** Starting what renews, from the same start requests as the commands: the rotation of a certificate, a new key. */

import { provisioningStart, provisionUpdateName } from '../domain/provisioning.ts';
import type { ExpiringItem } from '../domain/inventory.ts';
import { Refusal } from '../domain/refusal.ts';
import { rotationStart } from '../domain/rotation.ts';
import { certificateRenewal, keyRenewal } from '../domain/watch.ts';
import type { RenewalOutcome, WatchRequest } from '../domain/watch.ts';
import type { Limits } from '../services/limits.ts';
import { attempt } from './attempt.ts';
import type { Services } from './services.ts';

/** Starts the renewal, or finds that it runs. What comes of it is that run's affair, and the next pass looks again. */
export const startRenewal = (services: Services) =>
  attempt(async (limits: Limits, request: WatchRequest, item: ExpiringItem): Promise<RenewalOutcome> => {
    const outcome = await renew(services, limits, request, item);
    services.audit({
      event: 'renewal',
      outcome,
      tenant: request.tenant,
      environment: request.environment,
      item: item.id,
    });
    return outcome;
  });

async function renew(
  { runs }: Services,
  limits: Limits,
  request: WatchRequest,
  item: ExpiringItem,
): Promise<RenewalOutcome> {
  const rotation = certificateRenewal(request, item);
  if (rotation) return await runs.start(rotationStart(rotation), limits);
  const renewal = keyRenewal(request, item);
  if (!renewal) throw new Refusal('UNEXPECTED', `${item.id} is nothing that the watch renews.`);
  return await runs.ask(provisioningStart(renewal), provisionUpdateName, renewal, limits);
}
