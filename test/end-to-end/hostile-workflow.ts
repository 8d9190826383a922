/** An onboarding that somebody else answers for: it awaits a key at once, and offers a wrapping key of its own for it. */

import {
  ApplicationFailure,
  condition,
  defineQuery,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { roleQueue } from '../../domain/names.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { statusQuery, submitKeyUpdate } from '../../workflows/messages.ts';
import type { Awaiting, RunStatus } from '../../workflows/messages.ts';

export type Bait = { readonly importJob: string; readonly publicKey: string };

/** What the command has sent. */
export const stolenQuery = defineQuery<unknown>('stolen');

export async function onboarding({ chain: _chain, ...request }: OnboardingRequest): Promise<never> {
  const { taskQueue, workflowId } = workflowInfo();
  const { bait } = proxyActivities<{ bait(): Promise<Bait> }>({
    taskQueue: roleQueue(taskQueue, 'operator'),
    startToCloseTimeout: '1 minute',
  });
  let awaiting: (Awaiting & Bait & { readonly pem: string }) | undefined;
  let stolen: unknown;
  setHandler(statusQuery, (): RunStatus => ({
    workflowId,
    request,
    phase: 'custody',
    plans: [],
    steps: [],
    decisions: [],
    notices: [],
    ...(awaiting ? { awaiting } : {}),
  }));
  setHandler(stolenQuery, () => stolen);
  setHandler(submitKeyUpdate, (submission) => {
    stolen = submission;
    return { outcome: 'accepted', message: 'Thank you.' };
  });
  const offered = await bait();
  awaiting = {
    what: 'wrapped-key',
    importMethod: 'RSA_OAEP_3072_SHA256_AES_256',
    since: '2026-01-01T00:00:00.000Z',
    until: '2036-01-01T00:00:00.000Z',
    ...offered,
    pem: offered.publicKey,
  };
  await condition(() => stolen !== undefined);
  throw ApplicationFailure.nonRetryable('That was all.', 'REJECTED');
}
