/** Progress as a task list on a terminal: a task per admin client, under it its phases, under them their lines. */

import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { PhaseName } from '../domain/plan.ts';
import type { ClientKind } from '../domain/tenant.ts';
import type { Progress } from './progress.ts';

/** Shows the list on stderr until `close`. stdout is for data, so listr2 is given stderr in its place. */
export function taskList(kinds: readonly ClientKind[], phases: readonly PhaseName[]): Progress {
  const clients = new Map(kinds.map((kind) => [kind, clientTask(phases)]));
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const list = new Listr(
    kinds.map((kind) => ({
      title: kind,
      task: (_, task) =>
        task.newListr((clients.get(kind)?.phases ?? []).map(listrTask), { concurrent: false, exitOnError: true }),
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      fallbackRendererCondition: false,
      forceTTY: true,
      rendererOptions: { logger, collapseSubtasks: false, collapseErrors: false, showErrorMessage: false },
    },
  );
  const shown = list.run();
  return {
    say: (kind, line, phase) => clients.get(kind)?.say(line, phase),
    enter: (kind, phase) => clients.get(kind)?.enter(phase),
    finish: (kind, how) => clients.get(kind)?.finish(how),
    close: async () => {
      for (const client of clients.values()) client.finish('waiting');
      await shown;
    },
  };
}

type PhaseTask = ReturnType<typeof phaseTask>;

function clientTask(names: readonly PhaseName[]) {
  const phases = names.map(phaseTask);
  let current = 0;
  const indexOf = (phase: PhaseName) => phases.findIndex(({ title }) => title === phase);
  return {
    phases,
    say(line: string, phase?: PhaseName) {
      phases[phase ? indexOf(phase) : current]?.write(line);
    },
    enter(phase: PhaseName) {
      for (const before of phases.slice(0, indexOf(phase))) before.settle('well');
      current = Math.max(current, indexOf(phase));
    },
    finish(how: 'well' | 'badly' | 'waiting') {
      for (const phase of how === 'well' ? phases : phases.slice(current)) phase.settle(how);
    },
  };
}

/** A phase of which lines may be told before the list comes to it. */
function phaseTask(title: PhaseName) {
  const over = Promise.withResolvers<'well' | 'badly' | 'waiting'>();
  const early: string[] = [];
  let show: ((line: string) => void) | undefined;
  return {
    title,
    over: over.promise,
    settle: over.resolve,
    write: (line: string) => (show ? show(line) : early.push(line)),
    start(to: (line: string) => void) {
      show = to;
      for (const line of early) to(line);
    },
  };
}

const listrTask = (phase: PhaseTask) => ({
  title: phase.title,
  task: async (_: unknown, task: { output: string; skip: (message?: string) => void }) => {
    phase.start((line) => {
      task.output = line;
    });
    const how = await phase.over;
    if (how === 'waiting') task.skip(phase.title);
    if (how === 'badly') throw new Error(phase.title);
  },
  rendererOptions: { outputBar: Infinity, persistentOutput: true },
});
