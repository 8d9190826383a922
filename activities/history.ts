/** What is on record of a client's runs, for whoever asks. */

import { readHistoryInput } from '../documents/history-input.ts';
import { pastRun } from '../documents/past-run.ts';
import { decisionsSecretName } from '../domain/client-names.ts';
import { isOfApplication } from '../domain/history.ts';
import type { History, HistoryRequest } from '../domain/history.ts';
import { secretName } from '../domain/names.ts';
import type { Limits } from '../services/limits.ts';
import { withRoom } from './answer-room.ts';
import { attempt } from './attempt.ts';
import { unlessThere } from './denied.ts';
import { findingsRefusal } from './findings-refusal.ts';
import { placeFindings } from './plan-client.ts';
import type { Services } from './services.ts';

export const readHistory = (services: Services) =>
  attempt(async (limits: Limits, input: HistoryRequest): Promise<History> => {
    const { request, findings } = readHistoryInput(input);
    if (!request) throw findingsRefusal(findings);
    const misplaced = placeFindings(services, request);
    if (misplaced.length > 0) throw findingsRefusal(misplaced);
    const kept = (await keptVersions(services, limits, request)).toReversed();
    const read = kept.map(({ name, text }) => ({ name, run: text === undefined ? undefined : pastRun(name, text) }));
    const runs = read.flatMap(({ run }) => run ?? []);
    const fitting = withRoom(runs);
    const unreadable = read.filter(({ run }) => !run).map(({ name }) => name);
    return { runs: fitting, unreadable, leftOut: runs.length - fitting.length };
  });

/** `text`: absent when the version is disabled or destroyed, which only people do. */
type Kept = { readonly name: string; readonly text?: string };

async function keptVersions(
  services: Services,
  limits: Limits,
  { google, client }: HistoryRequest,
): Promise<readonly Kept[]> {
  const secret = isOfApplication(client) ? decisionsSecretName(google, client) : secretName(google, client, 'record');
  const kept: Kept[] = [];
  try {
    for (let number = 1; ; number += 1) {
      const name = `${secret}/versions/${number}`;
      const version = await services.secrets.read(name, limits);
      if (!version) return kept;
      kept.push(version === 'unusable' ? { name } : { name, text: version.data.toString() });
    }
  } catch (error) {
    await unlessThere(services, secret, limits)(error);
    return [];
  }
}
