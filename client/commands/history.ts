/** `digdir history`: how runs of the admin clients (or of an application's client) ended, and who decided what. Changes nothing. */

import { randomUUID } from 'node:crypto';
import { historyStart, isOfApplication } from '../../domain/history.ts';
import type { History, HistoryRequest } from '../../domain/history.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import { clientKinds } from '../../domain/tenant.ts';
import { describeAtWork } from '../already-running.ts';
import { option } from '../call.ts';
import type { Call } from '../call.ts';
import { readReference } from '../client-reference.ts';
import { withTemporal } from '../connect.ts';
import { connection, given } from '../given-options.ts';
import { reportHistory } from '../history-report.ts';
import type { ClientHistory } from '../history-report.ts';
import { personName } from '../person.ts';
import { resultOf } from '../short-run.ts';
import type { ShortRuns } from '../short-run.ts';
import { readTenant, tenantPath } from '../tenant-input.ts';

export async function history(call: Call): Promise<number> {
  const requests = await requestsOf(call);
  return await withTemporal(call, async ({ client, prefix }) => {
    const found = await Promise.all(
      requests.map(async (request): Promise<ClientHistory> => {
        const history = await historyOf({ client, prefix, say: call.output.say }, request);
        const running = isOfApplication(request.client)
          ? undefined
          : await describeAtWork(client, request.client, given(call, connection));
        return { request, history, ...(running === undefined ? {} : { running }) };
      }),
    );
    return reportHistory(call.output, found);
  });
}

const historyOf = async (runs: ShortRuns, request: HistoryRequest): Promise<History> =>
  await resultOf<History>(runs, historyStart(request, randomUUID()));

async function requestsOf(call: Call): Promise<HistoryRequest[]> {
  const requestedBy = personName(option(call, 'by'), call.environment);
  // No grant is on its way to whoever only looks, so that a denial is the answer.
  const { submission: _submission, ...usual } = defaultPace;
  const pace = { ...usual, propagation: 1 };
  const file = option(call, 'file') ?? tenantPath(call);
  if (call.arguments.length > 0) {
    const { client, tenant } = await readReference(call, file);
    return [{ client, google: tenant.google, requestedBy, pace }];
  }
  const { tenant, environment, google, clients } = await readTenant(file);
  const kinds = clientKinds.filter((kind) => clients[kind]);
  return kinds.map((kind) => ({ client: { tenant, environment, kind }, google, requestedBy, pace }));
}
