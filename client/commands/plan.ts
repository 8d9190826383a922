/** `digdir plan`: what `apply` would change for every client that manifests declare. */

import { flag } from '../call.ts';
import type { Call } from '../call.ts';
import { previewClients, previewExitCode } from '../client-preview.ts';
import type { PreviewedClient } from '../client-preview.ts';
import { withTemporal } from '../connect.ts';
import { readDeclared } from '../declared.ts';
import { parallelOption } from '../each-client.ts';
import { leavingOnInterrupt } from '../interruption.ts';
import { writeJson } from '../output.ts';
import { reportPlans } from '../plans-report.ts';
import { changesExitCode } from '../preview.ts';
import { runAgain } from '../run-again.ts';
import { worstExitCode } from '../run-end.ts';

export async function plan(call: Call): Promise<number> {
  const { output } = call;
  const choices = { output, parallel: parallelOption(call), verbose: flag(call, 'verbose') };
  const { orders, findings, exitCode } = await readDeclared(call);
  if (orders.length === 0) {
    if (output.json) writeJson(output, { findings, clients: [] });
    return exitCode;
  }
  const requests = orders.map(({ request }) => request);
  const previews = await withTemporal(
    call,
    async ({ client, prefix }) =>
      await leavingOnInterrupt(
        async (signal) => await previewClients(requests, { client, prefix, signal, ...choices }),
      ),
  );
  const plans = previews.map((previewed, index) => ({ ...previewed, where: orders[index]?.where ?? '' }));
  const again = (places: readonly string[]) => runAgain(call, 'plan', places);
  reportPlans(output, plans, { findings, all: flag(call, 'all'), verbose: choices.verbose, again });
  return exitCodeOf(exitCode, previews);
}

/** `held`: 0, or the exit code for what was held back. */
function exitCodeOf(held: number, previews: readonly PreviewedClient[]): number {
  const codes = previews.map(({ end }) => previewExitCode(end));
  const worst = worstExitCode(held === 0 ? codes : [held, ...codes]);
  const changes = previews.some(({ end }) => end.state === 'planned' && end.preview.steps.length > 0);
  return worst === 0 && changes ? changesExitCode : worst;
}
