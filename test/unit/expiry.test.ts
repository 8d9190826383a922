/** The ladder of notices: when each step comes, which is due, and that none is given twice. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { defaultLadders, dueStep, monthsBefore, stepsOf } from '../../domain/expiry.ts';
import type { ItemKind, ItemState } from '../../domain/inventory.ts';

const day = 86_400_000;
const item = (kind: ItemKind, state: ItemState, expires: string, renewal: string) => ({
  kind,
  state,
  expires,
  renewal,
});
const certificate = item('certificate', 'valid', '2027-05-31T12:00:00.000Z', '2027-02-28T12:00:00.000Z');
const key = item('client-key', 'valid', '2027-05-31T12:00:00.000Z', '2027-04-01T12:00:00.000Z');

/** Every notice that a pass a day gives, from `from` on: `day  step`. */
function given(of: typeof certificate, from: string, days: number, hour = 5): string[] {
  const lines: string[] = [];
  let last: string | undefined;
  for (let count = 0; count < days; count += 1) {
    const now = Date.parse(`${from}T00:00:00Z`) + count * day + hour * 3_600_000;
    const step = dueStep(of, now, last);
    if (step === undefined) continue;
    lines.push(`${new Date(now).toISOString().slice(0, 10)}  ${step}`);
    last = step;
  }
  return lines;
}

suite('the whole ladder, as a pass at five in the morning gives it', () => {
  test('of a certificate that expires at noon on 31 May 2027', () => {
    assert.deepEqual(given(certificate, '2026-01-01', 520), [
      '2026-06-01  12m',
      '2026-12-01  6m',
      '2027-03-01  renewal',
      '2027-04-01  2m',
      '2027-05-01  1m',
      '2027-05-11  3w',
      '2027-05-18  2w',
      '2027-05-25  1w',
      '2027-05-26  6d',
      '2027-05-27  5d',
      '2027-05-28  4d',
      '2027-05-29  3d',
      '2027-05-30  2d',
      '2027-05-31  1d',
      '2027-06-01  expired',
      '2027-06-02  expired+1d',
      '2027-06-03  expired+2d',
      '2027-06-04  expired+3d',
    ]);
  });

  test('of a client key of half a year, which nobody renews', () => {
    assert.deepEqual(given(key, '2026-12-02', 300), [
      '2027-04-02  renewal',
      '2027-05-01  1m',
      '2027-05-18  2w',
      '2027-05-25  1w',
      '2027-05-29  3d',
      '2027-05-31  1d',
      '2027-06-01  expired',
    ]);
  });

  test('of a key that another one took the place of: until it ends, and not after', () => {
    assert.deepEqual(given({ ...key, state: 'replaced' }, '2026-12-02', 300), [
      '2027-05-01  1m',
      '2027-05-18  2w',
      '2027-05-25  1w',
      '2027-05-29  3d',
      '2027-05-31  1d',
    ]);
  });
});

test('what was passed over while nobody looked is not told afterwards', () => {
  assert.equal(dueStep(certificate, Date.parse('2027-05-29T13:00:00Z'), '6m'), '2d');
  assert.equal(dueStep(certificate, Date.parse('2030-01-01T00:00:00Z'), undefined), 'expired+945d');
});

test('a clock that goes back gives no earlier step', () => {
  assert.equal(dueStep(certificate, Date.parse('2027-05-20T00:00:00Z'), '1w'), undefined);
  assert.equal(dueStep(certificate, Date.parse('2027-05-20T00:00:00Z'), 'expired+3d'), undefined);
});

test('a month before the last of May is the last of April', () => {
  const before = (instant: string, count: number) => new Date(monthsBefore(Date.parse(instant), count)).toISOString();
  assert.equal(before('2027-05-31T12:00:00Z', 1), '2027-04-30T12:00:00.000Z');
  assert.equal(before('2027-05-31T12:00:00Z', 3), '2027-02-28T12:00:00.000Z');
  assert.equal(before('2024-02-29T00:00:00Z', 12), '2023-02-28T00:00:00.000Z');
  assert.equal(before('2027-01-15T00:00:00Z', 1), '2026-12-15T00:00:00.000Z');
});

suite('whatever the times of the passes', () => {
  const kinds = fc.constantFrom<ItemKind>('certificate', 'client-key', 'admin-key', 'unmanaged-key');
  const states = fc.constantFrom<ItemState>('valid', 'due', 'expired', 'replaced', 'revoked');
  const items = fc
    .tuple(kinds, states, fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 400 }))
    .map(([kind, state, end, before]) => {
      const [expires, renewal] = [end * day, (end - before) * day].map((at) => new Date(at).toISOString());
      return item(kind, state, expires ?? '', renewal ?? '');
    });
  const passes = fc.array(fc.integer({ min: -500 * day, max: 5_100 * day }), { maxLength: 60 });

  test('a step is given once, and never before its time', () => {
    fc.assert(
      fc.property(items, passes, (of, times) => {
        const steps = new Map(stepsOf(of, defaultLadders).map(({ step, at }) => [step, at]));
        const told: string[] = [];
        for (const now of times.toSorted((one, other) => one - other)) {
          const step = dueStep(of, now, told.at(-1));
          if (step === undefined) continue;
          assert.ok(!told.includes(step), step);
          assert.ok((steps.get(step) ?? Date.parse(of.expires)) <= now);
          told.push(step);
        }
      }),
    );
  });

  test('after a pass there is nothing left to tell at that moment', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 6_000 * day }), (of, now) => {
        const step = dueStep(of, now, undefined);
        if (step !== undefined) assert.equal(dueStep(of, now, step), undefined);
      }),
    );
  });
});
