/** What went wrong on the way of a run that ended well: attempts of its activities that were made again. */

import type { WorkflowHandle } from '@temporalio/client';

/**
 * A line for each, apart from what is part of the way: a record that is shown late is waited for, or written again, and a
 * new key is tried until it has arrived.
 */
export async function troubles(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  const types = new Map<string, string>();
  const lines: string[] = [];
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) types.set(String(event.eventId), scheduled.activityType?.name ?? '');
    const started = event.activityTaskStartedEventAttributes;
    if (!started?.lastFailure) continue;
    const type = types.get(String(started.scheduledEventId)) ?? '';
    const code = started.lastFailure.applicationFailureInfo?.type ?? 'no answer';
    if (code !== 'STATE_CONFLICT' && code !== 'CLIENT_RECORD_LATE' && type !== 'proveKey')
      lines.push(`${type}: ${code}: ${started.lastFailure.message}`);
  }
  return lines;
}
