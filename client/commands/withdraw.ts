/** `digdir withdraw`: ends a run that is no longer wanted; the run tidies up what it made and nobody uses. */

import type { UpdateDefinition } from '@temporalio/common';
import { failureOf } from '../../domain/failures.ts';
import type { FailureCode } from '../../domain/failures.ts';
import { Refusal } from '../../domain/refusal.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import type { WithdrawalAnswer } from '../../workflows/messages.ts';
import { option, requiredWords } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import { writeJson } from '../output.ts';
import { personName } from '../person.ts';
import { typeName } from '../already-running.ts';
import { sendUpdate } from '../update.ts';
import { requireWorkflowWorker } from '../workers.ts';
import { requireRunning } from './decide.ts';

export async function withdraw(call: Call): Promise<number> {
  return await tellRun(call, { update: withdrawUpdate, refused: 'DECISION_NOT_AWAITED' });
}

type Telling = {
  readonly update: UpdateDefinition<WithdrawalAnswer, [unknown]>;
  /** Why it cannot be told, where no such run is under way; and what to exit with when the run says no. */
  readonly refused: FailureCode;
  /** The one type of workflow that takes it; every type of an admin client's when absent. */
  readonly type?: string;
};

/** Sends who wants it and why to the run that is named, and writes its answer. */
export async function tellRun(call: Call, { update, refused, type }: Telling): Promise<number> {
  const [workflowId = ''] = call.arguments;
  const by = personName(option(call, 'by'), call.environment);
  const reason = requiredWords(call, 'reason');
  return await withTemporal(call, async ({ client, prefix }) => {
    const handle = client.workflow.getHandle(workflowId);
    const running = await requireRunning(handle, refused);
    if (type !== undefined && running !== type) {
      throw new Refusal(refused, `${workflowId} is a running ${typeName(running)}, not a ${typeName(type)}`);
    }
    await requireWorkflowWorker(client, prefix);
    const answer = await sendUpdate(handle, update, { by, reason });
    const code = answer.outcome === 'accepted' ? undefined : refused;
    if (call.output.json) writeJson(call.output, { ...answer, ...(code ? { code } : {}) });
    else call.output.data(`${answer.outcome}: ${answer.message}${code ? ` [${code}]` : ''}`);
    return code ? failureOf(code).exitCode : 0;
  });
}
