/** `digdir onboard --plan` and `digdir rotate-certificate --plan`: what would change, without changing anything. */

import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { failureOf } from '../domain/failures.ts';
import type { Finding } from '../domain/failures.ts';
import { previewStart } from '../domain/onboarding.ts';
import type { Preview } from '../domain/onboarding.ts';
import { durationText } from '../documents/durations.ts';
import { compromisedSerial, isRotation, rotationPreviewStart } from '../domain/rotation.ts';
import type { DigestedPlan } from '../domain/plan.ts';
import type { ClientKind } from '../domain/tenant.ts';
import { describeAtWork } from './already-running.ts';
import type { Order } from './orders.ts';
import { placed, untold } from './placed-findings.ts';
import { failedEnd, worstExitCode } from './run-end.ts';
import type { FailedEnd } from './run-end.ts';
import { answerOf } from './short-run.ts';
import type { ShortRuns } from './short-run.ts';
import { requireWorkers } from './workers.ts';

type ClientPreview = {
  readonly kind: ClientKind;
  readonly plans: readonly DigestedPlan[];
  readonly notices: readonly Finding[];
  /** What a rotation does at its end, in plain words. */
  readonly retirement?: string;
  /** Serial number of the certificate that a rotation says is compromised. */
  readonly compromised?: string;
  /** What is at work on the client, in plain words: the plan is made as if it were not. */
  readonly running?: string;
  readonly failure?: FailedEnd;
};

export type Previewed = {
  readonly exitCode: number;
  readonly previews: readonly ClientPreview[];
};

type PreviewSettings = ShortRuns & {
  readonly orders: readonly Order[];
  /** What was found in the inputs, and told: it is not among the notices. */
  readonly told?: readonly Finding[];
  /** Options by which further commands find Temporal, each with a space before it. */
  readonly options?: string;
};

/** A plan has something to change. */
export const changesExitCode = 7;

/**
 * Plans the onboarding of each client: exit code 0 when nothing would change, 7 when something would. Fails with
 * NO_WORKER when there are no workers, or when they leave before the plans are made.
 */
export async function runPreview({ orders, told = [], options = '', ...runs }: PreviewSettings): Promise<Previewed> {
  const { client, prefix } = runs;
  await requireWorkers(client, prefix);
  const previews = await Promise.all(
    orders.map(async (order) => {
      const preview = await previewOne(order, runs);
      const running = await describeAtWork(client, order.request, options);
      return { ...preview, notices: untold(preview.notices, order, told), ...(running ? { running } : {}) };
    }),
  );
  return { exitCode: exitCodeOf(previews), previews };
}

function exitCodeOf(previews: readonly ClientPreview[]): number {
  const failures = previews.flatMap(({ failure }) => failure ?? []);
  if (failures.length > 0) return worstExitCode(failures.map(({ code }) => failureOf(code).exitCode));
  return previews.some(({ plans }) => plans.some(({ plan }) => plan.steps.length > 0)) ? changesExitCode : 0;
}

async function previewOne(order: Order, runs: ShortRuns): Promise<ClientPreview> {
  const { request } = order;
  const { kind } = request;
  const start = isRotation(request) ? rotationPreviewStart(request, randomUUID()) : previewStart(request, randomUUID());
  try {
    const preview = await answerOf<Preview>(runs, start);
    const retirement = retirementIn(request, preview);
    const compromised = compromisedSerial(request);
    return {
      kind,
      ...preview,
      ...(retirement === undefined ? {} : { retirement }),
      ...(compromised === undefined ? {} : { compromised }),
    };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const failure = failedEnd(error);
    return { kind, plans: [], notices: [], failure: { ...failure, findings: placed(failure.findings, order) } };
  }
}

/** Its steps are planned when all else is done: by then other versions may be out of use too. Nothing for the same key. */
function retirementIn(request: Order['request'], { plans }: Preview): string | undefined {
  const activation = plans.find(({ plan }) => plan.phase === 'activation' && plan.steps.length > 0);
  if (!isRotation(request) || !activation) return undefined;
  const { certificate, replaces } = activation.plan.subject;
  const { soak, retire, compromised } = request.rotation;
  if (!replaces || replaces.publicKey === certificate.publicKey || compromised !== undefined) return undefined;
  const what = retire === 'destroy' ? 'disabled and scheduled for destruction' : 'disabled';
  return `after a soak of ${durationText(soak)} the key version of ${replaces.serialNumber}, and any older one, is ${what}`;
}
