/** `digdir adopt`: takes over the clients that manifests declare and that somebody else made at Digdir, as digdirator did. */

import { failureOf } from '../../domain/failures.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { surveyAdoption } from '../adoption.ts';
import type { Adoption, Adoptable } from '../adoption.ts';
import { consented } from '../adoption-consent.ts';
import { adoptionDocument, reportAdoption } from '../adoption-report.ts';
import { flag } from '../call.ts';
import type { Call } from '../call.ts';
import { clientTitle } from '../../domain/client-names.ts';
import { clientDocument, reportClients } from '../client-report.ts';
import { withTemporal } from '../connect.ts';
import type { Temporal } from '../connect.ts';
import { readDeclared } from '../declared.ts';
import { defaultParallel } from '../each-client.ts';
import { carryOut } from '../following-clients.ts';
import type { FollowedClient } from '../following-clients.ts';
import { furtherOptions } from '../given-options.ts';
import { leavingOnInterrupt } from '../interruption.ts';
import { writeJson } from '../output.ts';
import { changesExitCode } from '../preview.ts';
import { partlyExitCode, worstExitCode } from '../run-end.ts';

export async function adopt(call: Call): Promise<number> {
  const { output } = call;
  const { tenant, orders, findings, exitCode } = await readDeclared(call);
  if (!tenant || orders.length === 0) {
    if (output.json) writeJson(output, { findings, declarations: [], unmatched: [], clients: [] });
    return exitCode;
  }
  return await withTemporal(call, async (connected) => {
    const choices = { parallel: defaultParallel, verbose: false, output };
    const adoption = await leavingOnInterrupt(
      async (signal) => await surveyAdoption({ ...connected, ...choices, signal }, tenant, orders),
    );
    reportAdoption(output, adoption);
    const followed = await takeOver(call, connected, adoption, tenant);
    const clients = followed.map(clientDocument);
    if (output.json) writeJson(output, { findings, ...adoptionDocument(adoption), clients });
    return exitCodeOf(exitCode, adoption, followed);
  });
}

/** Has the clients taken over that a person, or `--yes`, agrees to; reports what became of each. */
async function takeOver(
  call: Call,
  { client, prefix, ui }: Temporal,
  { candidates }: Adoption,
  { environment }: Tenant,
): Promise<FollowedClient[]> {
  const { output } = call;
  const adoptable = candidates.flatMap(({ standing }) => (standing.state === 'adopt' ? [standing] : []));
  const wanted = await consented(call, adoptable, question);
  if (wanted.length === 0) return [];
  const further = furtherOptions(call);
  const settings = {
    client,
    prefix,
    output,
    wait: flag(call, 'wait'),
    connection: further.connection,
    ...(ui ? { ui } : {}),
  };
  const requests = wanted.map(({ request }) => request);
  const followed = await leavingOnInterrupt(async (signal) => await carryOut(requests, { ...settings, signal }));
  // With --json, stdout has one document, which holds what there was to take over too.
  reportClients({ ...output, ...(output.json ? { data: () => {} } : {}) }, followed, {
    environment,
    findings: [],
    further,
  });
  return followed;
}

const question = ({ clientId, request }: Adoptable): string =>
  `Take over the client ${clientId} for ${clientTitle(request.client)}?`;

/** `held`: 0, or the exit code for what was held back. What is left to be taken over counts like a change in a plan. */
function exitCodeOf(held: number, { candidates }: Adoption, followed: readonly FollowedClient[]): number {
  const standings = candidates.map(({ standing }) => standing);
  const codes = standings.flatMap((standing) => {
    if (standing.state === 'refused') return [failureOf(standing.failure.code).exitCode];
    return standing.state === 'ours' || standing.state === 'none' ? [0] : [];
  });
  const worst = worstExitCode([...followed.map(({ exitCode }) => exitCode), ...codes, ...(held ? [held] : [])]);
  if (worst !== 0) return worst;
  if (standings.some(({ state }) => state === 'several')) return partlyExitCode;
  return standings.filter(({ state }) => state === 'adopt').length > followed.length ? changesExitCode : 0;
}
