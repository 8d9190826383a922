/** What `digdir expiry` lists: everything of a tenant that expires. Changes nothing. */

import type { Inventory } from '../domain/inventory.ts';
import { expiryIdStem } from '../domain/watch.ts';
import type { WatchRequest } from '../domain/watch.ts';
import { operator } from './activities.ts';
import { checking } from './provisioning.ts';
import { failureIn } from './refusals.ts';
import { isObject, isPace, isText } from './read-provisioning.ts';
import { requireIdStem } from './workflow-id.ts';

export async function listExpiries(input: WatchRequest): Promise<Inventory> {
  const request = readWatch(input);
  if (request) requireIdStem(expiryIdStem(request));
  const pace = request ? lookingPace(request) : checking;
  // An input that is not even readable is refused by the activity, which tells all that is wrong with it.
  const inventory = operator(pace, 'Look at everything that expires').listExpiring(input);
  return await inventory.catch((error: unknown) => {
    throw failureIn(error);
  });
}

/** Milliseconds: keys are asked for client by client, and there may be thousands. */
const lookingTime = 1_200_000;

export const lookingPace = ({ pace }: WatchRequest) => ({ ...pace, attempt: Math.max(pace.attempt, lookingTime) });

/** The input when it has the parts that a run is carried out by. The strict check is an activity's. */
export function readWatch(input: unknown): WatchRequest | undefined {
  if (!isObject(input) || !isPace(input['pace']) || !isObject(input['google'])) return undefined;
  const isNamed = ['tenant', 'environment', 'requestedBy'].every((part) => isText(input[part]));
  return isNamed ? (input as unknown as WatchRequest) : undefined;
}
