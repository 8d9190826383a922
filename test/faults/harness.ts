/** A series of runs: equipment made once, the calls of each scenario counted once, some runs at a time. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientKind } from '../../domain/tenant.ts';
import type { Call } from '../../local/calls.ts';
import { chooseFault } from './fault.ts';
import type { Fault } from './fault.ts';
import { openLane } from './lane.ts';
import type { Lane } from './lane.ts';
import { callsWithoutFault, runWithFault } from './run.ts';
import type { Outcome } from './run.ts';
import type { Plant } from './plants.ts';
import type { Scenario } from './scenario.ts';
import { makeProps } from './stage.ts';
import type { Beginning, Place } from './stage.ts';
import { onboardTenant } from './tenant.ts';

/** Scenarios that have the same kind of fault in a turn. */
const handful = 5;

export type SeededRun = { readonly seed: number; readonly scenario: Scenario; readonly fault: Fault };

export type Harness = {
  /** What befalls the run of a seed: scenarios and kinds of fault take turns, the rest is chance. */
  plan(seed: number): Promise<SeededRun>;
  run(scenario: Scenario, fault: Fault, plant?: Plant): Promise<Outcome>;
  close(): Promise<void>;
};

/** `jobs` runs are under way at a time; the others wait for their turn. */
export async function openHarness(place: Place, scenarios: readonly Scenario[], jobs: number): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-faults-'));
  const props = await makeProps();
  const lanes = Array.from({ length: jobs }, (_, number) =>
    openLane(join(folder, `lane-${number}`), join(folder, 'compiled')),
  );
  const inFreeLane = takeTurns(lanes);
  const calls = new Map<Scenario, Promise<readonly Call[]>>();
  const tenants = new Map<string, Promise<Beginning>>();
  const equipmentIn = (lane: Lane) => ({ props, place, lane, onboarded });

  function onboarded(lane: Lane, kind: ClientKind, alone: boolean): Promise<Beginning> {
    const whose = alone ? `${kind} of lane ${lanes.indexOf(lane)}` : kind;
    const name = `f${randomUUID().slice(0, 8)}`;
    const tenant = tenants.get(whose) ?? onboardTenant(props, place, lane, name, kind);
    tenants.set(whose, tenant);
    return tenant;
  }

  function callsOf(scenario: Scenario): Promise<readonly Call[]> {
    const counted = calls.get(scenario) ?? inFreeLane((lane) => callsWithoutFault(equipmentIn(lane), scenario));
    calls.set(scenario, counted);
    return counted;
  }

  return {
    async plan(seed) {
      const place = seed % scenarios.length;
      const scenario = scenarios[place];
      if (!scenario) throw new RangeError('There are no scenarios.');
      // Where scenarios are many, so that turns are few: each handful of them is a kind ahead of the handful before it.
      const turn = Math.floor(seed / scenarios.length) + Math.floor(place / handful);
      return { seed, scenario, fault: chooseFault(turn, seed, await callsOf(scenario)) };
    },
    run: (scenario, fault, plant) => inFreeLane((lane) => runWithFault(equipmentIn(lane), scenario, fault, plant)),
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
      await props.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Hands out the lanes, first come first served. */
function takeTurns(lanes: readonly Lane[]): <T>(work: (lane: Lane) => Promise<T>) => Promise<T> {
  const free = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];

  const take = (): Promise<Lane> => {
    const lane = free.pop();
    return lane ? Promise.resolve(lane) : new Promise((resolve) => waiting.push(resolve));
  };
  const giveBack = (lane: Lane): void => {
    const next = waiting.shift();
    if (next) next(lane);
    else free.push(lane);
  };

  return async (work) => {
    const lane = await take();
    try {
      return await work(lane);
    } finally {
      giveBack(lane);
    }
  };
}
