/** Lets one fault strike: a disturber for the cloud's calls that acts once, at the call that is its target. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Call, Disturbance, Disturber } from '../../local/calls.ts';
import type { Fault } from './fault.ts';
import { activitiesBehind, attemptOf } from './pending-activity.ts';
import type { Lane } from './lane.ts';
import { faultPace } from './pace.ts';
import type { Stage } from './stage.ts';
import { runTwin } from './twin.ts';

export type Injection = {
  readonly disturber: Disturber;
  /** The call that was struck; nothing while it has not come. */
  struck(): Call | undefined;
  /** Resolves when everything that the fault set going has ended; rejects when it could not be carried out. */
  settled(): Promise<void>;
};

export type Scene = {
  readonly stage: Stage;
  readonly lane: Lane;
  readonly workflows: readonly string[];
};

export function inject(fault: Fault, scene: Scene): Injection {
  let seen = 0;
  let struck: Call | undefined;
  const witnesses = new Set<(call: Call) => void>();
  const consequences: Promise<unknown>[] = [];
  const { target } = fault;

  const tools: Tools = {
    scene,
    random: fault.random,
    later: (work) => {
      // `settled` tells of a failure, whenever it is asked.
      work.catch(() => {});
      consequences.push(work);
    },
    nextCall: (isIt) =>
      new Promise((resolve) => {
        witnesses.add((call) => isIt(call) && resolve());
      }),
  };
  const strike = strikes[fault.kind];

  return {
    disturber: {
      async before(call) {
        for (const witness of witnesses) witness(call);
        if (call.system !== target.system || call.method !== target.method || struck) return 'none';
        if (++seen < target.occurrence) return 'none';
        struck = call;
        return guarded(tools, strike.before?.(tools, call));
      },
      after: (call) => (call === struck ? guarded(tools, strike.after?.(tools, call)) : 'none'),
    },
    struck: () => struck,
    settled: async () => {
      await Promise.all(consequences);
    },
  };
}

type Tools = {
  readonly scene: Scene;
  readonly random: () => number;
  /** Work that goes on beside the call, and has to have ended before the world is judged. */
  readonly later: (work: Promise<unknown>) => void;
  readonly nextCall: (isIt: (call: Call) => boolean) => Promise<void>;
};

type Strike = (tools: Tools, call: Call) => Promise<Disturbance>;

const strikes: Record<Fault['kind'], { readonly before?: Strike; readonly after?: Strike }> = {
  'kill-before': {
    async before({ scene }) {
      await scene.lane.killWorker();
      return 'refuse';
    },
  },
  'kill-after': {
    async after({ scene }) {
      await scene.lane.killWorker();
      return 'lose-reply';
    },
  },
  'drop-reply': { after: async () => 'lose-reply' },
  refuse: { before: async () => 'refuse' },
  twice: { before: twice },
  late: { before: late },
  server: { before: server },
};

/** Holds the call until its double has come as far, so that both go on abreast; or, as often, until the double is done. */
async function twice({ scene, random, later, nextCall }: Tools, call: Call): Promise<Disturbance> {
  const activities = await activitiesBehind(scene.stage, scene.workflows, call);
  const sameCall = nextCall(({ system, method }) => system === call.system && method === call.method);
  const twin = Promise.all(activities.map((activity) => runTwin(scene.stage, activity)));
  later(twin);
  await Promise.race([twin, ...(random() < 0.5 ? [sameCall] : []), ...(hasToBeOver(call) ? [delay(longest)] : [])]);
  return 'none';
}

/**
 * Nothing tells whether Digdir's POST has had its effect, so the product takes it to be over after `pace.attempt`. A call
 * that is held for longer would break that assumption, and not the product.
 */
const hasToBeOver = ({ method }: Call): boolean => method === 'POST /api/v1/clients';
const longest = faultPace.attempt * 0.9;

/** Holds the call until a later attempt of its activity has made some calls of its own, or has ended. */
async function late({ scene: { stage, workflows }, random }: Tools, call: Call): Promise<Disturbance> {
  const until = hasToBeOver(call) ? Date.now() + longest : Infinity;
  const activities = await activitiesBehind(stage, workflows, call);
  const wanted = Math.floor(random() * 4);
  let callsBefore: number | undefined;
  while (Date.now() < until) {
    const attempts = await Promise.all(activities.map((activity) => attemptOf(stage, activity)));
    if (attempts.every((attempt) => attempt === undefined)) return 'none';
    if (activities.some(({ attempt }, index) => (attempts[index] ?? 0) > attempt))
      callsBefore ??= stage.cloud.calls.count();
    if (callsBefore !== undefined && stage.cloud.calls.count() >= callsBefore + wanted) return 'none';
    await delay(20);
  }
  return 'none';
}

/** The call waits for the server to serve again, or goes on at once. */
async function server({ scene: { lane }, random, later }: Tools): Promise<Disturbance> {
  const temporal = await lane.ownTemporal();
  const restarted = temporal.restart('kill');
  later(restarted);
  if (random() < 0.5) await restarted;
  return 'none';
}

/** A fault that cannot be carried out is told when the run is judged: the cloud would take it for a refusal of its own. */
function guarded(tools: Tools, strike: Promise<Disturbance> | undefined): Promise<Disturbance> | Disturbance {
  if (!strike) return 'none';
  tools.later(strike);
  return strike.catch(() => 'none' as const);
}
