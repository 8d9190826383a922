/** What the successive statuses of a run mean for one request, as lines for a person; each thing is told once. */

import type { RecordedDecision } from '../domain/approval.ts';
import type { ClientStepRecord, OperationEnd } from '../domain/provisioning.ts';
import type { ClientRunStatus } from '../workflows/messages.ts';
import { awaitedLines } from './awaiting.ts';
import { decisionLine, keyedTrying, stepLine } from './narration.ts';
import type { Trying } from './trying.ts';

export type ClientNarrator = {
  readonly status: (status: ClientRunStatus) => void;
  /** Tells what keeps being refused, once for each reason. */
  readonly trying: (trying: readonly Trying[]) => void;
  /** Tells what happened between the last status and the end. */
  readonly end: (end: OperationEnd) => void;
};

/** `connection`: options by which further commands find Temporal. */
type Request = { readonly workflowId: string; readonly sequence: number; readonly connection: string };

/** `sequence`: the number of the request; what the run does for others is told only as what is waited for. */
export function createClientNarrator(
  { workflowId, sequence, connection }: Request,
  tell: (line: string) => void,
): ClientNarrator {
  const told = new Set<string>();
  const once = (key: string, line: string) => {
    if (told.has(key)) return;
    told.add(key);
    tell(line);
  };
  /** Steps that were running at the last look: the next time they are told of, as they take their time. */
  let running: readonly string[] = [];
  const happened = (steps: readonly ClientStepRecord[]) => {
    for (const step of steps) {
      if (step.state !== 'running') once(`${keyOf(step)} ${step.state}`, stepLine(step));
      else if (running.includes(keyOf(step))) once(keyOf(step), `${step.change} …`);
    }
    running = steps.filter(({ state }) => state === 'running').map(keyOf);
  };
  const decided = (decision: RecordedDecision) => once(`decision ${decision.id}`, decisionLine(decision));
  return {
    status({ current, steps, asked, decisions = [] }) {
      if (asked?.sequence === sequence) {
        for (const decision of decisions) if (decision.digest === asked.awaiting.digest) decided(decision);
        for (const line of awaitedLines(workflowId, asked.awaiting, connection))
          once(`${asked.awaiting.digest} ${line}`, line);
        return;
      }
      if (current?.sequence === sequence) happened(steps);
      else if (current) once(`${current.sequence}`, `waits for the ${current.operation} of ${current.requestedBy}`);
    },
    trying(trying) {
      for (const [key, line] of keyedTrying(trying)) once(key, line);
    },
    end({ steps, decisions = [] }) {
      for (const decision of decisions) decided(decision);
      happened(steps);
    },
  };
}

const keyOf = ({ kind, startedAt }: ClientStepRecord): string => `${kind} ${startedAt}`;
