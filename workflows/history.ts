/** What `digdir history` shows: how runs of a client ended, and who decided about them. Changes nothing. */

import { historyIdStem } from '../domain/history.ts';
import type { History, HistoryRequest } from '../domain/history.ts';
import { operator } from './activities.ts';
import { checking } from './provisioning.ts';
import { failureIn } from './refusals.ts';
import { isLook } from './read-provisioning.ts';
import { requireIdStem } from './workflow-id.ts';

export async function readHistory(input: HistoryRequest): Promise<History> {
  const isReadable = isLook(input);
  if (isReadable) requireIdStem(historyIdStem(input));
  // An input that is not even readable is refused by the activity, which tells all that is wrong with it.
  const history = operator(isReadable ? input.pace : checking, 'Read what is on record').readHistory(input);
  return await history.catch((error: unknown) => {
    throw failureIn(error);
  });
}
