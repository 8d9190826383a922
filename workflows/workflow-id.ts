/** Ids of runs that only look: each belongs to what it looks at. The input is anybody's, and so is the id. */

import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/** `WORKFLOW_ID_MISMATCH` for a run whose id does not begin with what its input asks for. */
export function requireIdStem(...stems: readonly [string, ...string[]]): void {
  const { workflowId } = workflowInfo();
  if (stems.some((stem) => workflowId.startsWith(stem))) return;
  const message = `A run with this input has an id that begins with ${stems[0]}.`;
  throw ApplicationFailure.nonRetryable(message, 'WORKFLOW_ID_MISMATCH');
}
