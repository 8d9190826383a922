import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { digest } from '../../documents/digest.ts';

test('the digest is SHA-256 of the canonical form of RFC 8785', () => {
  // printf '{"a":[1,null],"b":"\\u00e6"}' with the letter itself | sha256sum
  assert.equal(
    digest({ b: 'æ', a: [1, null] }),
    'sha256:f6597e9601ef0ab048e56e089f9f5ef022412706e99066fd2cdceb3dd00236d3',
  );
});

test('the order of keys does not matter, at any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(digest(backwards(value)), digest(value));
    }),
  );
});

test('different values have different digests', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      assert.equal(digest(one) === digest(other), JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
      const [first = ''] = Object.keys(value);
      assert.notEqual(digest({ ...value, [first]: [value[first]] }), digest(value));
      assert.notEqual(digest({ ...value, [`${first}x`.repeat(9)]: null }), digest(value));
    }),
  );
});

test('what JSON would drop or bend is refused', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const bad = [
    undefined,
    () => 1,
    Number.NaN,
    Infinity,
    1n,
    Symbol('s'),
    new Date(0),
    Buffer.from('a'),
    cycle,
    '\ud800',
  ];
  const nested = [{ a: undefined }, [undefined], { '\ud800': 1 }, { a: { b: Number.NaN } }, { [Symbol('s')]: 1 }];
  for (const value of [...bad, ...nested, Array(2)]) assert.throws(() => digest(value), TypeError);
});

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, backwards(member)]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  // Not a list of members: the empty object is not the empty list.
  return { members: members.map(([key, member]) => [key, sorted(member)]) };
}
