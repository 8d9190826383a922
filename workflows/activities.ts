/** The activities as a workflow calls them: on their role's queue, with timeouts, retries, and a summary for the UI. */

import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ImporterActivities, OperatorActivities, ProvisionerActivities } from '../activities/index.ts';
import { roleQueue } from '../domain/names.ts';
import type { WorkerRole } from '../domain/names.ts';
import type { ProvisioningPace } from '../domain/provisioning.ts';

export const provisioner = (pace: ProvisioningPace, summary: string) =>
  proxyActivities<ProvisionerActivities>(options('provisioner', pace, summary));

export const importer = (pace: ProvisioningPace, summary: string) =>
  proxyActivities<ImporterActivities>(options('importer', pace, summary));

/** `attempts`: how often it is tried at most; as often as the pace has time for when absent. */
export const operator = (pace: ProvisioningPace, summary: string, attempts?: number) =>
  proxyActivities<OperatorActivities>(options('operator', pace, summary, attempts));

/** The server takes 400 bytes at most, and a longer summary would stall the run. */
const longestSummary = 120;

function options(role: WorkerRole, pace: ProvisioningPace, summary: string, attempts?: number) {
  return {
    taskQueue: roleQueue(workflowInfo().taskQueue, role),
    startToCloseTimeout: pace.attempt,
    heartbeatTimeout: pace.heartbeat,
    scheduleToCloseTimeout: pace.patience * 1000,
    retry: {
      initialInterval: pace.retry,
      backoffCoefficient: 2,
      maximumInterval: Math.max(pace.retry, 60_000),
      ...(attempts === undefined ? {} : { maximumAttempts: attempts }),
    },
    // A run that ends early waits for what is under way, so that it can tidy up after it.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: summary.length > longestSummary ? `${summary.slice(0, longestSummary)}…` : summary,
  };
}
