/** A workflow through which a test puts things into every place that Temporal keeps, or only passes on. */

import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';

export const told = defineSignal<[unknown]>('told');
export const asked = defineQuery<unknown, [unknown]>('asked');
/** Gives back what it is given. */
export const given = defineUpdate<unknown, [unknown]>('given');
export const refused = defineUpdate<unknown, [unknown]>('refused');
export const detailed = defineUpdate<void, [string]>('detailed');
/** Ends the workflow with a failure. */
export const failed = defineSignal<[string, unknown]>('failed');

const { leaveOpen, answer } = proxyActivities<{ leaveOpen(): Promise<void>; answer(): Promise<unknown> }>({
  startToCloseTimeout: '10 minutes',
});

export async function planting(_argument: unknown): Promise<void> {
  let failure: ApplicationFailure | undefined;
  setHandler(told, () => undefined);
  setHandler(asked, (argument) => argument);
  setHandler(given, (argument) => argument);
  setHandler(refused, (argument) => argument, {
    validator: (_argument) => {
      throw ApplicationFailure.nonRetryable('never accepted');
    },
  });
  setHandler(detailed, (details) => setCurrentDetails(details));
  setHandler(failed, (message, details) => {
    failure = ApplicationFailure.create({ message, details: [details], nonRetryable: true });
  });
  await answer();
  await Promise.race([leaveOpen(), condition(() => failure !== undefined)]);
  throw failure ?? ApplicationFailure.nonRetryable('nobody completes the open activity');
}
