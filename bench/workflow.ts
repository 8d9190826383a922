/** What onboarding is measured against: as many activities, one after the other, that do nothing. */

import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing: () => Promise<void> }>({ startToCloseTimeout: '1 minute' });

export async function emptyActivities(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await nothing();
}
