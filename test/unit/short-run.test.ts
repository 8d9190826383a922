/** Commands that wait for a run to answer look at it meanwhile, and do not wait for workers that have left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whileWorked } from '../../client/short-run.ts';
import { Refusal } from '../../domain/refusal.ts';

/** Milliseconds. */
const pause = 1;

/** Work that nobody does: it ends only when it is given up. */
const undone = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('given up')), { once: true });
  });

test('work is given up when a later check finds nobody', async () => {
  let checks = 0;
  let given: AbortSignal | undefined;
  const check = async () => {
    checks += 1;
    if (checks === 3) throw new Refusal('NO_WORKER', 'nobody is left');
  };
  const work = async (signal: AbortSignal) => await undone((given = signal));
  await assert.rejects(whileWorked(work, check, pause), { code: 'NO_WORKER' });
  assert.equal(checks, 3);
  assert.equal(given?.aborted, true);
});

test('slow work is waited for as long as somebody is there to do it', async () => {
  const done = Promise.withResolvers<string>();
  let checks = 0;
  const check = async () => {
    checks += 1;
    if (checks === 3) done.resolve('planned');
  };
  assert.equal(await whileWorked(async () => await done.promise, check, pause), 'planned');
});

test('work that is quick or fails by itself is never checked', async () => {
  const check = async () => assert.fail('checked');
  const hour = 3_600_000;
  assert.equal(await whileWorked(async () => 'planned', check, hour), 'planned');
  const failing = async () => await Promise.reject(new Error('no plan'));
  await assert.rejects(whileWorked(failing, check, hour), /no plan/);
});
