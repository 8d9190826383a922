/** Everything that expires, for whoever asks. */

import { readWatchInput } from '../documents/watch-input.ts';
import type { Finding } from '../domain/failures.ts';
import { inventoryOf, isOverdue } from '../domain/inventory.ts';
import type { ExpiringItem, Inventory } from '../domain/inventory.ts';
import type { WatchRequest } from '../domain/watch.ts';
import type { Limits } from '../services/limits.ts';
import { withRoom } from './answer-room.ts';
import { attempt } from './attempt.ts';
import { findingsRefusal } from './findings-refusal.ts';
import { observeExpiry } from './observe-expiry.ts';
import { placeFindings } from './plan-client.ts';
import type { Services } from './services.ts';

/** Findings that the answer has room for. */
const mostFindings = 200;

export const listExpiring = (services: Services) =>
  attempt(async (limits: Limits, input: WatchRequest): Promise<Inventory> => {
    const request = checked(services, input);
    const { items, findings, now } = await takeInventory(services, ofEachCall(limits, request), request);
    const fitting = withRoom(items);
    return {
      observedAt: now.toISOString(),
      items: fitting,
      overdue: items.filter(isOverdue).length,
      leftOut: items.length - fitting.length,
      findings: findings.slice(0, mostFindings),
      webhook: services.notices.isSet,
    };
  });

/** The input, once it is known to be right: anyone may start a workflow with any JSON. */
export function checked(services: Services, input: WatchRequest): WatchRequest {
  const { request, findings } = readWatchInput(input);
  if (!request) throw findingsRefusal(findings);
  const misplaced = placeFindings(services, { client: request }).map((one) => ({ ...one, where: 'input.environment' }));
  if (misplaced.length > 0) throw findingsRefusal(misplaced);
  return request;
}

/** The whole look has much time, for there may be thousands of clients; a call that is never answered must not take it all. */
export function ofEachCall(limits: Limits, { pace }: WatchRequest): Limits {
  const { signal } = limits;
  return {
    get timeout() {
      return Math.min(limits.timeout, pace.attempt);
    },
    ...(signal ? { signal } : {}),
  };
}

type Taken = { readonly items: ExpiringItem[]; readonly findings: Finding[]; readonly now: Date };

export async function takeInventory(services: Services, limits: Limits, request: WatchRequest): Promise<Taken> {
  const { observed, findings } = await observeExpiry(services, limits, request);
  const now = services.clock.now();
  const { tenant, renewBefore } = request;
  return { items: inventoryOf(observed, { tenant, now: now.getTime(), renewBefore }), findings, now };
}
