/** `digdir onboard --plan`: what would change, without changing anything. */

import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { failureOf } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { previewStart } from '../domain/onboarding.ts';
import type { Preview } from '../domain/onboarding.ts';
import type { DigestedPlan } from '../domain/plan.ts';
import type { ClientKind } from '../domain/tenant.ts';
import type { Order } from './inputs.ts';
import { failedEnd, worstExitCode } from './run-end.ts';
import type { FailedEnd } from './run-end.ts';
import { requireWorkers } from './workers.ts';

type ClientPreview = {
  readonly kind: ClientKind;
  readonly plans: readonly DigestedPlan[];
  readonly notices: readonly Finding[];
  readonly failure?: FailedEnd;
};

export type Previewed = {
  readonly exitCode: number;
  readonly previews: readonly ClientPreview[];
};

type PreviewSettings = { readonly orders: readonly Order[]; readonly client: Client; readonly prefix: string };

const changesExitCode = 7;

/** Plans the onboarding of each client: exit code 0 when nothing would change, 7 when something would. */
export async function runPreview({ orders, client, prefix }: PreviewSettings): Promise<Previewed> {
  await requireWorkers(client, prefix);
  const previews = await Promise.all(orders.map(async (order) => await previewOne(order, client, prefix)));
  return { exitCode: exitCodeOf(previews), previews };
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
