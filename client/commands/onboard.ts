/** `digdir onboard`: reads everything, then plans or runs, and writes what came of it to stdout as YAML or JSON. */

import { writeSeedYaml } from '../../documents/seed-yaml.ts';
import { describeFinding, failureOf, stops } from '../../domain/failures.ts';
import type { Finding } from '../../domain/failures.ts';
import { callerKms } from '../caller-kms.ts';
import { flag, requiredOption } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import type { Temporal } from '../connect.ts';
import { failureDocument, failureLines } from '../failure.ts';
import { connection, given } from '../given-options.ts';
import { forgetKeys, readOrders } from '../orders.ts';
import type { OrderInputs, Order } from '../orders.ts';
import { leavingOnInterrupt } from '../interruption.ts';
import { readOrderInputs } from '../order-options.ts';
import { runOrders } from '../order-runs.ts';
import { writeJson } from '../output.ts';
import type { Output } from '../output.ts';
import { previewText } from '../plan-text.ts';
import { runPreview } from '../preview.ts';
import type { ClientRun } from '../run-end.ts';

export async function onboard(call: Call): Promise<number> {
  return await planOrRun(call, await readOrderInputs(call));
}

/** What onboarding and rotation have in common. */
export async function planOrRun(call: Call, inputs: OrderInputs): Promise<number> {
  const { output } = call;
  const { orders, findings } = await readOrders(inputs);
  sayFindings(output, findings);
  if (findings.some(stops)) {
    if (output.json) writeJson(output, { findings, clients: [] });
    return failureOf('FIELD_INVALID').exitCode;
  }
  try {
    return await withTemporal(call, async (temporal) =>
      flag(call, 'plan') ? await plan(call, orders, findings, temporal) : await run(call, orders, findings, temporal),
    );
  } finally {
    forgetKeys(orders);
  }
}

type Orders = readonly Order[];
type Findings = readonly Finding[];

async function run(call: Call, orders: Orders, findings: Findings, { client, prefix, ui }: Temporal): Promise<number> {
  const { output } = call;
  const kms = callerKms(
    call.environment,
    orders.map(({ request }) => request.environment),
  );
  try {
    const typed = { tenantFile: requiredOption(call, 'file'), options: given(call, connection) };
    const ways = {
      typed,
      client,
      prefix,
      kms: kms.open,
      output,
      told: findings,
      wait: flag(call, 'wait'),
      stay: flag(call, 'untilRetired'),
    };
    const { exitCode, runs } = await leavingOnInterrupt(
      async (signal) => await runOrders({ orders, ...ways, signal, ...(ui ? { ui } : {}) }),
    );
    if (output.json) writeJson(output, { findings, clients: runs.map(runDocument) });
    else if (runs.some(handoverOf)) output.data(runs.map(handoverOf).join(''));
    return exitCode;
  } finally {
    await kms.close();
  }
}

async function plan(call: Call, orders: Orders, findings: Findings, { client, prefix }: Temporal): Promise<number> {
  const { output } = call;
  const { exitCode, previews } = await runPreview({
    orders,
    client,
    prefix,
    say: output.say,
    told: findings,
    options: given(call, connection),
  });
  sayFindings(
    output,
    previews.flatMap(({ notices }) => notices),
  );
  for (const { running, compromised } of previews) if (running) output.say(`${besides(compromised)}: ${running}`);
  for (const { failure } of previews) for (const line of failure ? failureLines(failure) : []) output.say(line);
  const planned = previews.filter(({ failure }) => !failure);
  if (output.json) {
    const clients = previews.map(({ failure, ...preview }) =>
      failure ? { ...preview, failure: failureDocument(failure) } : preview,
    );
    writeJson(output, { findings, clients });
  } else if (planned.length > 0) output.data(planned.map(previewText).join('\n'));
  return exitCode;
}

/** What is at work gives way to the rotation of a compromised certificate. */
const besides = (compromised: string | undefined): string =>
  compromised === undefined
    ? 'the plan does not count in what is at work'
    : 'without --plan it ends what is at work, where that is about another certificate';

function sayFindings(output: Output, findings: Findings): void {
  for (const finding of findings) output.say(describeFinding(finding));
}

/** A client's blocks of the YAML; those of several clients make one document. */
const handoverOf = ({ end, kind }: ClientRun): string => {
  if (end.state === 'soaking') return end.resources ? writeSeedYaml({ [kind]: end.resources }) : '';
  const yaml = end.state === 'ended' ? end.result.handover?.yaml : undefined;
  return yaml === undefined || yaml.endsWith('\n') ? (yaml ?? '') : `${yaml}\n`;
};

function runDocument({ end, ...run }: ClientRun) {
  if (end.state === 'ended') return { ...run, state: end.state, result: end.result };
  if (end.state === 'failed') return { ...run, state: end.state, failure: failureDocument(end) };
  return { ...run, ...end };
}
