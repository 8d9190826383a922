/** The last part of the demo: both certificates rotated, and the next ones rolled back, while everybody is at work. */

import type { Client } from '@temporalio/client';
import { clientTitle } from '../domain/client-names.ts';
import type { OnboardingResult } from '../domain/onboarding.ts';
import type { RotationSettings } from '../domain/rotation.ts';
import { rollBackUpdate } from '../workflows/messages.ts';
import { readPublished, withCallerSecrets } from './caller-secrets.ts';
import { application, applies } from './demo-load.ts';
import { startLoad } from './load.ts';
import type { Load, Requester } from './load.ts';
import { readManifestsInput } from './manifests-input.ts';
import type { OrderRuns } from './order-runs.ts';
import type { Output } from './output.ts';
import { sendUpdate } from './update.ts';

export type DemoRotation = {
  readonly went: 'well' | 'badly';
  /** How each run ended: those that rotated, then those that were rolled back. */
  readonly runs: readonly { readonly workflowId: string; readonly outcome: string }[];
  readonly requests: number;
  readonly failed: number;
  readonly failures: ReturnType<Load['failures']>;
};

export type DemoRotationSettings = {
  readonly client: Client;
  readonly variables: Readonly<Record<string, string>>;
  readonly tenantFile: string;
  /** A folder. */
  readonly manifests: string;
  readonly output: Output;
  /** Goes no further when aborted. */
  readonly signal: AbortSignal;
  /** Has both admin clients rotate to new certificates; resolves in their soak, or, where it stays, at their end. */
  readonly rotate: (rotation: RotationSettings, stay: boolean) => Promise<OrderRuns>;
};

/** Seconds: longer than the worker's refresh and the life of its tokens together. */
const drain = 5;
const rotation: RotationSettings = { soak: drain, drain, retire: 'disable' };
/** Time enough to roll back. */
const longSoak: RotationSettings = { ...rotation, soak: 3600 };

/** It went well when each rotation ended as it should and not one request failed. */
export async function rotateAndRollBack(settings: DemoRotationSettings): Promise<DemoRotation> {
  const { output, signal } = settings;
  const load = startLoad(await requesters(settings));
  try {
    await load.more(100);
    output.say(`Under load: ${load.count()} requests so far. Both certificates are rotated:`);
    const rotated = ended(await settings.rotate(rotation, true));
    if (!areAll('rotated', rotated) || signal.aborted) return await report(load, rotated, false);
    await load.round();
    output.say(`${load.count()} requests so far, ${load.failures().length} failed. The next ones are rolled back:`);
    const rolledBack = await rollBackAll(settings, await settings.rotate(longSoak, false));
    if (!signal.aborted) await load.round();
    return await report(load, [...rotated, ...rolledBack], areAll('rolled-back', rolledBack));
  } finally {
    await load.stop();
  }
}

const areAll = (outcome: string, runs: DemoRotation['runs']): boolean => runs.every((run) => run.outcome === outcome);

async function report(load: Load, runs: DemoRotation['runs'], well: boolean): Promise<DemoRotation> {
  await load.stop();
  const failures = load.failures();
  const went = well && failures.length === 0 ? 'well' : 'badly';
  return { went, runs, requests: load.count(), failed: failures.length, failures };
}

/** The applications of the folder with what they were given, and the folder itself, applied again and again. */
async function requesters({ client, variables, tenantFile, manifests }: DemoRotationSettings): Promise<Requester[]> {
  const { tenant, declarations } = await readManifestsInput([manifests], tenantFile);
  if (!tenant) throw new TypeError(`${tenantFile} cannot be used`);
  const prefix = variables['DIGDIR_TASK_QUEUE_PREFIX'] ?? '';
  const made = declarations.map(async ({ client: name, spec }) => {
    const title = clientTitle(name);
    const reference = { client: name, tenant };
    const published = await withCallerSecrets(variables, reference, (secrets) => readPublished(secrets, reference));
    const declared = { client: name, spec };
    return [
      application(title, published.variables),
      applies(`apply of ${title}`, { client, prefix, tenant, declared }),
    ];
  });
  return (await Promise.all(made)).flat();
}

const ended = ({ runs }: OrderRuns) =>
  runs.map(({ workflowId, end }) => ({ workflowId, outcome: end.state === 'ended' ? end.result.outcome : end.state }));

async function rollBackAll({ client, output }: DemoRotationSettings, { runs }: OrderRuns) {
  const asked = runs.map(async ({ workflowId, end }) => {
    if (end.state !== 'soaking') return { workflowId, outcome: end.state };
    const handle = client.workflow.getHandle<() => Promise<OnboardingResult>>(workflowId);
    const answer = await sendUpdate(handle, rollBackUpdate, { by: 'kari@example.org', reason: 'to show the way back' });
    output.say(`kari@example.org rolls ${workflowId} back: ${answer.message}`);
    const { outcome, reason } = await handle.result();
    output.say(`${workflowId}: ${reason}`);
    return { workflowId, outcome };
  });
  return await Promise.all(asked);
}
