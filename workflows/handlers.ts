/** What the handlers of messages have in common: a malformed update is refused by its validator, and leaves no trace. */

import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type { FailureCode } from '../domain/failures.ts';
import type { WithdrawalAnswer } from './messages.ts';
import { readWithdrawal } from './read-messages.ts';
import type { Withdrawal } from './read-messages.ts';

/** A validator. `read` gives the message, or says in a text what is wrong with its shape. */
export const wellFormed =
  (read: (input: unknown) => object | string, code: FailureCode) =>
  (input: unknown): void => {
    const fault = read(input);
    if (typeof fault === 'string') throw ApplicationFailure.nonRetryable(fault, code);
  };

/** Sets the handlers for `{ by, reason }`, as an update and as a signal of the same name, which is not answered. */
export function handleWish(
  update: UpdateDefinition<WithdrawalAnswer, [unknown]>,
  signal: SignalDefinition<[unknown]>,
  description: string,
  grant: (wish: Withdrawal) => WithdrawalAnswer,
): void {
  const answer = (input: unknown): WithdrawalAnswer => {
    const wish = readWithdrawal(input);
    return typeof wish === 'string' ? { outcome: 'refused', message: wish } : grant(wish);
  };
  setHandler(update, answer, { description, validator: wellFormed(readWithdrawal, 'DECISION_MALFORMED') });
  setHandler(signal, (input) => void answer(input), { description });
}
