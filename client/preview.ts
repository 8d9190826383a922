/** `digdir onboard --plan`: what would change, without changing anything. */

import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { failureOf, stops } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { previewStart } from '../domain/onboarding.ts';
import type { Preview } from '../domain/onboarding.ts';
import type { DigestedPlan } from '../domain/plan.ts';
import type { ClientKind } from '../domain/tenant.ts';
import { readOrders } from './inputs.ts';
import type { OnboardInputs, Order } from './inputs.ts';
import { failedEnd, worstExitCode } from './run-end.ts';
import type { FailedEnd } from './run-end.ts';
import { requireWorkers } from './workers.ts';

export type ClientPreview = {
  readonly kind: ClientKind;
  readonly plans: readonly DigestedPlan[];
  readonly notices: readonly Finding[];
  readonly failure?: FailedEnd;
};

export type Previewed = {
  readonly exitCode: number;
  readonly previews: readonly ClientPreview[];
  /** Of the documents; when one of them stops, nothing was asked of the workers. */
  readonly findings: readonly Finding[];
};

type PreviewSettings = { readonly inputs: OnboardInputs; readonly client: Client; readonly prefix: string };

const changesExitCode = 7;

/** Plans the onboarding of each client: exit code 0 when nothing would change, 7 when something would. */
export async function runPreview({ inputs, client, prefix }: PreviewSettings): Promise<Previewed> {
  const { orders, findings } = await readOrders(inputs);
  for (const { pkcs8 } of orders) pkcs8?.fill(0);
  if (findings.some(stops)) return { exitCode: failureOf('FIELD_INVALID').exitCode, previews: [], findings };
  await requireWorkers(client, prefix);
  const previews = await Promise.all(orders.map(async (order) => await previewOne(order, client, prefix)));
  return { exitCode: exitCodeOf(previews), previews, findings };
}

function exitCodeOf(previews: readonly ClientPreview[]): number {
  const failures = previews.flatMap(({ failure }) => failure ?? []);
  if (failures.length > 0) return worstExitCode(failures.map(({ code }) => failureOf(code).exitCode));
  return previews.some(({ plans }) => plans.some(({ plan }) => plan.steps.length > 0)) ? changesExitCode : 0;
}

async function previewOne({ request }: Order, client: Client, taskQueue: string): Promise<ClientPreview> {
  const { kind } = request;
  const { workflowType, args, ...options } = previewStart(request, randomUUID());
  try {
    const found: unknown = await client.workflow.execute(workflowType, { ...options, args: [...args], taskQueue });
    return { kind, ...(found as Preview) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { kind, plans: [], notices: [], failure: failedEnd(error) };
  }
}
