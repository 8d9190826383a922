/** `digdir watch install`, `remove` and `run`: the daily pass over what expires, and one pass now. */

import { randomUUID } from 'node:crypto';
import { Refusal } from '../../domain/refusal.ts';
import { watchId, watchStart } from '../../domain/watch.ts';
import type { WatchRequest, WatchResult } from '../../domain/watch.ts';
import { option, requiredOption } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import type { Temporal } from '../connect.ts';
import { writeJson } from '../output.ts';
import type { Output } from '../output.ts';
import { personName } from '../person.ts';
import { resultOf } from '../short-run.ts';
import { readTenant } from '../tenant-input.ts';
import { reportWatch } from '../watch-report.ts';
import { watchRequest } from '../watch-request.ts';
import { installWatch, removeWatch } from '../watch-schedule.ts';

type Action = (output: Output, temporal: Temporal, request: WatchRequest) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { install, remove, run };

export async function watch(call: Call): Promise<number> {
  const [word = ''] = call.arguments;
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (!action) throw new Refusal('USAGE', `digdir watch install, remove or run, not ${JSON.stringify(word)}`);
  const tenant = await readTenant(requiredOption(call, 'file'));
  const request = watchRequest(tenant, personName(option(call, 'by'), call.environment));
  return await withTemporal(call, async (temporal) => await action(call.output, temporal, request));
}

async function install(output: Output, { client, prefix }: Temporal, request: WatchRequest): Promise<number> {
  const installed = await installWatch(client, prefix, request);
  if (output.json) writeJson(output, installed);
  else {
    const { schedule, outcome, next } = installed;
    output.data(`The schedule ${schedule} is ${outcome}${next === undefined ? '' : `; its next pass is at ${next}`}.`);
  }
  return 0;
}

async function remove(output: Output, { client }: Temporal, request: WatchRequest): Promise<number> {
  const removed = await removeWatch(client, request);
  const schedule = watchId(request);
  if (output.json) writeJson(output, { schedule, removed });
  else output.data(removed ? `The schedule ${schedule} is removed.` : `There is no schedule ${schedule}.`);
  return 0;
}

async function run(output: Output, { client, prefix }: Temporal, request: WatchRequest): Promise<number> {
  return reportWatch(
    output,
    await resultOf<WatchResult>({ client, prefix, say: output.say }, watchStart(request, randomUUID())),
  );
}
