/** One disturbed run: a stage, a scenario, one fault, and the judgement. */

import { randomUUID } from 'node:crypto';
import type { ClientKind } from '../../domain/tenant.ts';
import type { Call, Disturber } from '../../local/calls.ts';
import type { Fault } from './fault.ts';
import { inject } from './injection.ts';
import type { Injection } from './injection.ts';
import type { Lane } from './lane.ts';
import type { Plant } from './plants.ts';
import type { Broken, Play, Scenario } from './scenario.ts';
import { openStage } from './stage.ts';
import type { Beginning, Place, Props, Stage } from './stage.ts';
import { twinPrefix } from './twin.ts';

export type Outcome = {
  /** The call that the fault struck; nothing when it was not made this time. */
  readonly struck?: Call;
  readonly broken: readonly Broken[];
};

export type Equipment = {
  readonly props: Props;
  readonly place: Place;
  readonly lane: Lane;
  /** With a tenant whose admin client is onboarded already; made in the lane when it is first asked for. */
  readonly onboarded: (lane: Lane, kind: ClientKind, alone: boolean) => Promise<Beginning>;
};

/** `plant` names a defect of `plants.ts` that the worker shall have. */
export async function runWithFault(
  equipment: Equipment,
  scenario: Scenario,
  fault: Fault,
  plant?: Plant,
): Promise<Outcome> {
  const { lane, place } = equipment;
  const own = fault.kind === 'server' ? await lane.ownTemporal() : undefined;
  const { address, namespace } = own ?? place;
  return onStage(equipment, { ...place, address, namespace }, scenario, plant, async (stage) => {
    if (fault.kind === 'twice') await lane.hostBeside(stage.job(twinPrefix(stage)));
    const play = await scenario.prepare(stage);
    const injection = inject(fault, { stage, lane, workflows: [play.workflowId, ...(play.others ?? [])] });
    stage.cloud.calls.disturb(witnessed(stage, play, injection.disturber));
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
export async function callsWithoutFault(equipment: Equipment, scenario: Scenario): Promise<readonly Call[]> {
  return onStage(equipment, equipment.place, scenario, undefined, async (stage) => {
    const play = await scenario.prepare(stage);
    const before = stage.cloud.calls.count();
    stage.cloud.calls.disturb(witnessed(stage, play, {}));
    await play.drive();
    stage.cloud.calls.disturb();
    const calls = stage.cloud.calls.list().slice(before);
    const [broken] = await play.judge({ overlapping: false });
    if (broken) throw new Error(`${scenario.name} without a fault: ${broken.invariant}: ${broken.reason}`);
    return calls;
  });
}

/** The play's witness sees the world after each call, before the caller hears of it. */
function witnessed(stage: Stage, play: Play, disturber: Disturber): Disturber {
  return {
    ...disturber,
    async after(call) {
      if (call.method === 'AddSecretVersion') await stage.collect();
      await play.witness?.(call);
      return (await disturber.after?.(call)) ?? 'none';
    },
  };
}

async function onStage<T>(
  { props, lane, onboarded }: Equipment,
  place: Place,
  { begins, alone }: Scenario,
  plant: Plant | undefined,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const beginning = begins ? await onboarded(lane, begins, alone === true) : props.bare;
  const stage = await openStage(props, place, `f${randomUUID().slice(0, 8)}`, beginning, plant);
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
