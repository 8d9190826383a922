/** What becomes of a client's keys when one is added, limited or taken away; and the record in labels and annotations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isDue, withEnd, withKey, withoutKeys } from '../../domain/client-keys.ts';
import type { RegisteredKey } from '../../domain/client-keys.ts';
import { emptyRecord, readRecord, writeRecord } from '../../domain/client-record.ts';
import type { ClientRecord, RecordedKey } from '../../domain/client-record.ts';

const now = new Date('2026-11-25T12:00:00Z');
const seconds = now.getTime() / 1000;

const kid = fc.stringMatching(/^[a-z0-9._-]{1,12}$/);
const registered: fc.Arbitrary<RegisteredKey> = fc.record(
  { kid, exp: fc.integer({ min: seconds - 1000, max: seconds + 1000 }), use: fc.constant('sig'), n: fc.string() },
  { requiredKeys: ['kid', 'n'] },
);
const keySet = fc.uniqueArray(registered, { selector: (key) => key.kid, maxLength: 5 });
const recordOf = (kids: readonly string[]): ClientRecord => ({
  ...emptyRecord,
  keys: kids.map((one): RecordedKey => ({ kid: one, role: 'old', created: now.toISOString() })),
});

test('a key that is not ours survives whatever is written, as it was but for `use`', () => {
  fc.assert(
    fc.property(keySet, fc.array(fc.nat(4)), registered, (keys, picks, added) => {
      const ours = [...new Set(picks)].flatMap((index) => keys[index]?.kid ?? []);
      const foreign = keys.filter((key) => !ours.includes(key.kid) && key.kid !== added.kid);
      const written = [
        withKey(keys, added, recordOf(ours), now),
        withoutKeys(keys, ours),
        withEnd(keys, ours, seconds),
      ];
      for (const set of written) {
        for (const key of foreign) {
          assert.deepEqual(
            set.find((one) => one.kid === key.kid),
            { use: 'sig', ...key },
          );
        }
        assert.ok(set.every((key) => typeof key['use'] === 'string'));
      }
    }),
  );
});

test('a key that is added is there once, and ours that have expired are not', () => {
  fc.assert(
    fc.property(keySet, registered, (keys, added) => {
      const set = withKey(keys, added, recordOf(keys.map((key) => key.kid)), now);
      assert.equal(set.filter((key) => key.kid === added.kid).length, 1);
      for (const key of set) assert.ok(key.kid === added.kid || key.exp === undefined || key.exp > seconds);
    }),
  );
});

test('an end is brought forward, and never put off', () => {
  const keys = [{ kid: 'soon', exp: seconds + 10 }, { kid: 'late', exp: seconds + 999 }, { kid: 'endless' }];
  const ends = withEnd(keys, ['soon', 'late', 'endless'], seconds + 100).map((key) => key.exp);
  assert.deepEqual(ends, [seconds + 10, seconds + 100, seconds + 100]);
});

test('a key is due when two thirds of its life are over, and never when its end is unknown', () => {
  const day = 86_400_000;
  const made = (daysAgo: number): RecordedKey => ({
    kid: 'k',
    role: 'current',
    created: new Date(now.getTime() - daysAgo * day).toISOString(),
  });
  const ending = (daysAhead: number): RegisteredKey => ({ kid: 'k', exp: (now.getTime() + daysAhead * day) / 1000 });
  assert.equal(isDue(made(239), ending(121), now), false);
  assert.equal(isDue(made(240), ending(120), now), true);
  assert.equal(isDue(made(1000), { kid: 'k' }, now), false);
  assert.equal(isDue(made(1000), undefined, now), false);
});

const moment = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const recordedKey = fc.record(
  {
    kid,
    role: fc.constantFrom('candidate', 'current', 'old'),
    created: moment,
    expires: moment,
    ends: moment,
    candidate: fc.integer({ min: 1, max: 99 }),
  },
  { requiredKeys: ['kid', 'role', 'created'], noNullPrototype: true },
);
const record = fc.record(
  {
    state: fc.constantFrom('creating', 'active', 'preserved', 'removed'),
    revision: fc.nat(),
    clientId: fc.uuid(),
    askedAt: moment,
    specDigest: fc.string(),
    clientUri: fc.webUrl(),
    keys: fc.array(recordedKey, { maxLength: 5 }),
    scopes: fc.array(fc.stringMatching(/^[a-z]{1,9}:[a-z/.:]{1,20}$/), { maxLength: 5 }),
    published: fc.integer({ min: 1, max: 999 }),
    spentCandidates: fc.nat(999),
    oldKeys: fc.oneof(
      fc.constant({ until: 'acknowledged' } as const),
      fc.integer({ min: 1, max: 31_536_000 }).map((seconds) => ({ until: 'elapsed', seconds }) as const),
    ),
    preserve: fc.boolean(),
  },
  {
    requiredKeys: ['state', 'revision', 'scopes', 'keys', 'spentCandidates', 'oldKeys', 'preserve'],
    noNullPrototype: true,
  },
);

test('a record is read as it was written', () => {
  fc.assert(
    fc.property(record, (written) => {
      const { state, annotations } = writeRecord(written);
      assert.deepEqual(readRecord({ state }, annotations), written);
    }),
  );
});

test('a record that somebody changed by hand is told, and never taken for another', () => {
  const { state, annotations } = writeRecord(recordOf(['one']));
  assert.match(fault({}, annotations), /`state` is missing/);
  assert.match(fault({ state: 'deleted' }, annotations), /`state` is deleted/);
  for (const keys of ['', '{}', '[1]', '[{"kid":1}]', '[{"kid":"one","role":"king","created":"x"}]']) {
    assert.match(fault({ state }, { ...annotations, keys }), /not a list of keys/);
  }
});

function fault(...read: Parameters<typeof readRecord>): string {
  const found = readRecord(...read);
  return typeof found === 'string' ? found : JSON.stringify(found);
}
