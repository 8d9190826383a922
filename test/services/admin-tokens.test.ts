/** One admin token for many calls: fetched by one caller at a time, renewed before its end, dropped when it is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdminTokens } from '../../services/admin-tokens.ts';

function setUp(expiresIn = 120) {
  const clock = { time: 0, now: () => new Date(clock.time) };
  const tokens = createAdminTokens(clock);
  let fetched = 0;
  const fetch = async () => {
    fetched += 1;
    return { accessToken: `token ${fetched}`, expiresIn, scopes: [] };
  };
  return { clock, tokens, fetch, take: (key = 'a') => tokens.take(key, fetch), fetched: () => fetched };
}

test('who comes while one is fetched gets the same one', async () => {
  const { take, fetched } = setUp();
  assert.deepEqual(new Set(await Promise.all([take(), take(), take()])), new Set(['token 1']));
  assert.equal(await take(), 'token 1');
  assert.equal(fetched(), 1);
});

test('other credentials or scopes have a token of their own', async () => {
  const { take } = setUp();
  assert.deepEqual([await take('a'), await take('b'), await take('a')], ['token 1', 'token 2', 'token 1']);
});

test('a token is renewed shortly before its end, once', async () => {
  const { clock, take } = setUp(120);
  await take();
  clock.time = 109_999;
  assert.equal(await take(), 'token 1');
  clock.time = 110_001;
  assert.deepEqual(await Promise.all([take(), take()]), ['token 2', 'token 2']);
});

test('one of two seconds is used for its first half', async () => {
  const { clock, take } = setUp(2);
  await take();
  clock.time = 999;
  assert.equal(await take(), 'token 1');
  clock.time = 1_001;
  assert.equal(await take(), 'token 2');
});

test('a dropped one is fetched anew, and an error is not kept', async () => {
  const { tokens, take } = setUp();
  await take();
  tokens.drop('a');
  assert.equal(await take(), 'token 2');
  tokens.drop('a');
  const failing = tokens.take('a', async () => Promise.reject(new Error('refused')));
  await assert.rejects(Promise.all([failing, tokens.take('a', async () => Promise.reject(new Error('refused')))]));
  assert.equal(await take(), 'token 3');
});
