/** `digdir plan`: what `apply` would change for every client that manifests declare. */

import { clientTitle } from '../../domain/client-names.ts';
import { describeFinding, failureOf } from '../../domain/failures.ts';
import type { Call } from '../call.ts';
import { clientPlanText } from '../client-plan-text.ts';
import { previewClients } from '../client-preview.ts';
import type { PreviewedClient } from '../client-preview.ts';
import { withTemporal } from '../connect.ts';
import { readDeclared } from '../declared.ts';
import type { Declared } from '../declared.ts';
import { failureDocument, failureLines } from '../failure.ts';
import { writeJson } from '../output.ts';
import { changesExitCode } from '../preview.ts';
import { worstExitCode } from '../run-end.ts';

export async function plan(call: Call): Promise<number> {
  const declared = await readDeclared(call);
  const { orders, findings } = declared;
  if (orders.length === 0) {
    if (call.output.json) writeJson(call.output, { findings, clients: [] });
    return declared.exitCode;
  }
  const requests = orders.map(({ request }) => request);
  const previews = await withTemporal(
    call,
    async ({ client, prefix }) => await previewClients(client, prefix, requests),
  );
  report(call, declared, previews);
  return exitCodeOf(declared.exitCode, previews);
}

function report({ output }: Call, { orders, findings }: Declared, previews: readonly PreviewedClient[]): void {
  const titled = previews.map((previewed) => {
    const client = clientTitle(previewed.request.client);
    const where = orders.find(({ request }) => request === previewed.request)?.where ?? '';
    return { client, where, previewed };
  });
  for (const { client, previewed } of titled) {
    const lines =
      'failure' in previewed ? failureLines(previewed.failure) : previewed.preview.notices.map(describeFinding);
    for (const line of lines) output.say(`${client}: ${line}`);
  }
  if (output.json) {
    const clients = titled.map(({ client, where, previewed }) => ({ client, where, ...documentOf(previewed) }));
    writeJson(output, { findings, clients });
    return;
  }
  const texts = titled.flatMap(({ client, where, previewed }) =>
    'failure' in previewed ? [] : [clientPlanText(`${client} (${where})`, previewed.preview.steps)],
  );
  if (texts.length > 0) output.data(texts.join('\n'));
}

const documentOf = (previewed: PreviewedClient) =>
  'failure' in previewed ? { failure: failureDocument(previewed.failure) } : previewed.preview;

/** `held`: 0, or the exit code for what was held back. */
function exitCodeOf(held: number, previews: readonly PreviewedClient[]): number {
  const codes = previews.map((previewed) => ('failure' in previewed ? failureOf(previewed.failure.code).exitCode : 0));
  const worst = worstExitCode(held === 0 ? codes : [held, ...codes]);
  const changes = previews.some((previewed) => 'preview' in previewed && previewed.preview.steps.length > 0);
  return worst === 0 && changes ? changesExitCode : worst;
}
