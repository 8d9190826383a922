/** Progress of several runs side by side: a task list on a terminal, plain lines everywhere else. */

import type { PhaseName } from '../domain/plan.ts';
import type { ClientKind } from '../domain/tenant.ts';
import type { Output } from './output.ts';

export type Progress = {
  /** One line about a client's run; without a phase it is about the whole run. */
  readonly say: (kind: ClientKind, line: string, phase?: PhaseName) => void;
  /** The run has come to this phase: those before it are done. */
  readonly enter: (kind: ClientKind, phase: PhaseName) => void;
  /** The command follows this run no longer. */
  readonly finish: (kind: ClientKind, how: 'well' | 'badly' | 'waiting') => void;
  /** Resolves when all has been shown. */
  readonly close: () => Promise<void>;
};

export async function openProgress(
  output: Output,
  kinds: readonly ClientKind[],
  phases: readonly PhaseName[],
): Promise<Progress> {
  if (!output.live) return plainProgress(output);
  // Loaded only where it can be seen.
  const { taskList } = await import('./task-list.ts');
  return taskList(kinds, phases);
}

function plainProgress(output: Output): Progress {
  return {
    say: (kind, line, phase) => output.say(`[${kind}] ${phase ? `${phase}: ` : ''}${line}`),
    enter: () => undefined,
    finish: () => undefined,
    close: async () => undefined,
  };
}
