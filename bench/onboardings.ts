/** Onboardings, measured by the history that the server keeps and by the calls that the local world counts. */

import { randomUUID } from 'node:crypto';
import { onboardingStart } from '../domain/onboarding.ts';
import { onboard, organisation, register, requestFor, startOnboarding } from '../test/onboarding.ts';
import type { TestWorld } from '../test/world.ts';
import { runEmpty } from './empty.ts';

export type Measured = {
  /** Milliseconds, without those in which people were awaited. */
  readonly time: number;
  readonly activities: number;
  readonly events: number;
  readonly historyBytes: number;
  readonly kmsSignatures: number;
  readonly tokenRequests: number;
  readonly calls: number;
};

/** Onboards a new tenant, then once more, when nothing is left to be done. */
export async function measureTenant(world: TestWorld): Promise<{ readonly first: Measured; readonly again: Measured }> {
  const tenant = `b${randomUUID().slice(0, 8)}`;
  const issued = await world.cloud.authority.issue({ organisation });
  const request = requestFor({ ...world, tenant }, issued);
  register(world.cloud, request);
  const { workflowId } = onboardingStart(request);
  const first = await measure(world, workflowId, async () => {
    const { outcome } = await onboard(world, request, issued);
    if (outcome !== 'onboarded') throw new Error(`The onboarding ended as ${outcome}.`);
  });
  const again = await measure(world, workflowId, async () => {
    const { outcome } = await (await startOnboarding(world, request)).result();
    if (outcome !== 'unchanged') throw new Error(`The second onboarding ended as ${outcome}.`);
  });
  return { first, again };
}

/** Milliseconds of a workflow with that many activities which do nothing. */
export async function measureEmpty(world: TestWorld, activities: number): Promise<number> {
  return (await historyOf(world, await runEmpty(world, activities))).time;
}

async function measure(world: TestWorld, workflowId: string, work: () => Promise<void>): Promise<Measured> {
  const { calls } = world.cloud;
  const counts = () => ({
    kmsSignatures: calls.count('kms', 'AsymmetricSign'),
    tokenRequests: calls.count('maskinporten', 'POST /token'),
    calls: calls.count(),
  });
  const before = counts();
  await work();
  const after = counts();
  return {
    ...(await historyOf(world, workflowId)),
    kmsSignatures: after.kmsSignatures - before.kmsSignatures,
    tokenRequests: after.tokenRequests - before.tokenRequests,
    calls: after.calls - before.calls,
  };
}

async function historyOf({ client }: TestWorld, workflowId: string) {
  const handle = client.workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  const { historySize = 0 } = await handle.describe();
  const moments = (events ?? []).map((event) => ({
    at: Number(event.eventTime?.seconds ?? 0) * 1000 + (event.eventTime?.nanos ?? 0) / 1e6,
    isActivity: Boolean(event.activityTaskScheduledEventAttributes),
    isTask: Boolean(event.workflowTaskScheduledEventAttributes),
    isMessage: Boolean(event.workflowExecutionUpdateAcceptedEventAttributes),
  }));
  const between = (from: number, to: number) => (moments[to]?.at ?? 0) - (moments[from]?.at ?? 0);
  // A message wakes an idle run: what lies between its workflow task and the event before was spent waiting.
  const waited = moments
    .map((moment, index) => (moment.isMessage ? moments.slice(0, index).findLastIndex(({ isTask }) => isTask) : 0))
    .reduce((sum, task) => (task > 0 ? sum + between(task - 1, task) : sum), 0);
  return {
    time: between(0, moments.length - 1) - waited,
    activities: moments.filter(({ isActivity }) => isActivity).length,
    events: moments.length,
    historyBytes: historySize,
  };
}
