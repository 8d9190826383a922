/** One disturbed run: a stage, a scenario, one fault, and the judgement. */

import { randomUUID } from 'node:crypto';
import type { Call } from '../../local/calls.ts';
import type { Fault } from './fault.ts';
import { inject } from './injection.ts';
import type { Injection } from './injection.ts';
import type { Lane } from './lane.ts';
import type { Plant } from './plants.ts';
import type { Broken, Play, Scenario } from './scenario.ts';
import { openStage } from './stage.ts';
import type { Place, Props, Stage } from './stage.ts';
import { twinPrefix } from './twin.ts';

export type Outcome = {
  /** The call that the fault struck; nothing when it was not made this time. */
  readonly struck?: Call;
  readonly broken: readonly Broken[];
};

export type Equipment = { readonly props: Props; readonly place: Place; readonly lane: Lane };

/** `plant` names a defect of `plants.ts` that the worker shall have. */
export async function runWithFault(
  { props, place, lane }: Equipment,
  scenario: Scenario,
  fault: Fault,
  plant?: Plant,
): Promise<Outcome> {
  const own = fault.kind === 'server' ? await lane.ownTemporal() : undefined;
  const { address, namespace } = own ?? place;
  return onStage(props, lane, { ...place, address, namespace }, plant, async (stage) => {
    if (fault.kind === 'twice') await lane.hostBeside(stage.job(twinPrefix(stage)));
    const play = await scenario.prepare(stage);
    const injection = inject(fault, { stage, lane, workflowId: play.workflowId });
    stage.cloud.calls.disturb(injection.disturber);
    const broken: Broken[] = [];
    try {
      await driveThrough(play, injection);
      stage.cloud.calls.disturb();
      broken.push(...(await play.judge({ overlapping: fault.kind === 'twice' || fault.kind === 'late' })));
    } catch (error) {
      broken.push({ invariant: 'the run ends', reason: reasonOf(error) });
    }
    const struck = injection.struck();
    return { ...(struck ? { struck } : {}), broken };
  });
}

/** Also when the run fails, what the fault set going ends before the stage does. */
async function driveThrough(play: Play, injection: Injection): Promise<void> {
  try {
    await play.drive();
  } finally {
    await injection.settled();
  }
}

/** The calls of a scenario that nothing disturbs, in their order. Throws when even so an invariant is broken. */
export async function callsWithoutFault(
  { props, place, lane }: Equipment,
  scenario: Scenario,
): Promise<readonly Call[]> {
  return onStage(props, lane, place, undefined, async (stage) => {
    const play = await scenario.prepare(stage);
    const before = stage.cloud.calls.count();
    await play.drive();
    const calls = stage.cloud.calls.list().slice(before);
    const [broken] = await play.judge({ overlapping: false });
    if (broken) throw new Error(`${scenario.name} without a fault: ${broken.invariant}: ${broken.reason}`);
    return calls;
  });
}

async function onStage<T>(
  props: Props,
  lane: Lane,
  place: Place,
  plant: Plant | undefined,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const stage = await openStage(props, place, `f${randomUUID().slice(0, 8)}`, plant);
  try {
    await lane.host(stage.job(stage.prefix));
    return await work(stage);
  } finally {
    await lane.endRun();
    await stage.close();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}
