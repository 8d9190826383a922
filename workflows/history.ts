/** What `digdir history` shows: how runs of a client ended, and who decided about them. Changes nothing. */

import { historyIdStem } from '../domain/history.ts';
import type { History, HistoryRequest } from '../domain/history.ts';
import { operator } from './activities.ts';
import { checking } from './provisioning.ts';
import { failureIn } from './refusals.ts';
import { isObject, isPace, isText } from './read-provisioning.ts';
import { requireIdStem } from './workflow-id.ts';

export async function readHistory(input: HistoryRequest): Promise<History> {
  const request = readRequest(input);
  if (request) requireIdStem(historyIdStem(request));
  // An input that is not even readable is refused by the activity, which tells all that is wrong with it.
  const history = operator(request?.pace ?? checking, 'Read what is on record').readHistory(input);
  return await history.catch((error: unknown) => {
    throw failureIn(error);
  });
}

function readRequest(input: unknown): HistoryRequest | undefined {
  if (!isObject(input) || !isObject(input['client']) || !isPace(input['pace'])) return undefined;
  const { client } = input;
  const isNamed = ['tenant', 'environment', 'kind'].every((part) => isText(client[part]));
  return isNamed ? (input as unknown as HistoryRequest) : undefined;
}
