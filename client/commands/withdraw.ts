/** `digdir withdraw`: ends a run that is no longer wanted; the run tidies up what it made and nobody uses. */

import type { UpdateDefinition } from '@temporalio/common';
import { failureOf } from '../../domain/failures.ts';
import { withdrawUpdate } from '../../workflows/messages.ts';
import type { WithdrawalAnswer } from '../../workflows/messages.ts';
import { option, requiredOption } from '../call.ts';
import type { Call } from '../call.ts';
import { withTemporal } from '../connect.ts';
import { writeJson } from '../output.ts';
import { personName } from '../person.ts';
import { sendUpdate } from '../update.ts';
import { requireWorkflowWorker } from '../workers.ts';
import { requireRunning } from './decide.ts';

export async function withdraw(call: Call): Promise<number> {
  return await tellRun(call, withdrawUpdate, failureOf('DECISION_NOT_AWAITED').exitCode);
}

/** Sends who wants it and why to the run that is named, and writes its answer; exits with `refused` when it says no. */
export async function tellRun(
  call: Call,
  update: UpdateDefinition<WithdrawalAnswer, [unknown]>,
  refused: number,
): Promise<number> {
  const [workflowId = ''] = call.arguments;
  const by = personName(option(call, 'by'), call.environment);
  const reason = requiredOption(call, 'reason');
  return await withTemporal(call, async ({ client, prefix }) => {
    const handle = client.workflow.getHandle(workflowId);
    await requireRunning(handle);
    await requireWorkflowWorker(client, prefix);
    const answer = await sendUpdate(handle, update, { by, reason });
    if (call.output.json) writeJson(call.output, answer);
    else call.output.data(`${answer.outcome}: ${answer.message}`);
    return answer.outcome === 'accepted' ? 0 : refused;
  });
}
