/** The names of exposed scopes: the same that Nais accepts, told in one pass. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { array, assert as holds, constantFrom, property } from 'fast-check';
import { completeScope, isScopeName } from '../../domain/scope-names.ts';

/** Nais' own expression: right, and of use for short texts only. */
const theirs = /^([a-zæøå0-9]+\/?)+(:[a-zæøå0-9]+)*[a-zæøå0-9]+(\.[a-zæøå0-9]+)*$/;

const letters = ['a', 'ø', '0', '/', ':', '.', '-', 'A'];

describe('the name of an exposed scope', () => {
  test('is what Nais says, for every text of up to five letters', () => {
    let texts = [''];
    for (let length = 0; length <= 5; length += 1) {
      for (const text of texts) assert.equal(isScopeName(text), theirs.test(text), text);
      texts = texts.flatMap((text) => letters.map((letter) => text + letter));
    }
  });

  test('is what Nais says, for longer texts that are nearly names', () => {
    const pieces = constantFrom('a', 'b', 'ab', 'å1', '/', ':', '.', '-');
    const text = array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    holds(
      property(text, (name) => isScopeName(name) === theirs.test(name)),
      { numRuns: 3_000 },
    );
  });

  const rows: ReadonlyArray<readonly [name: string, right: boolean]> = [
    ['inntekt', true],
    ['inntekt.read', true],
    ['v1/inntekt.read.all', true],
    ['inntekt:søk', true],
    ['a/b', true],
    ['a', false],
    ['a.b', false],
    ['/inntekt', false],
    ['inntekt/', false],
    ['inntekt//søk', false],
    ['inntekt.', false],
    ['Inntekt', false],
    ['inntekt-read', false],
    ['inntekt read', false],
    ['inntekt\n', false],
    ['', false],
  ];
  for (const [name, right] of rows) {
    test(`${right ? 'is' : 'is not'} ${JSON.stringify(name)}`, () => assert.equal(isScopeName(name), right));
  }

  test('is told by looking once at each of 50,000 letters', () => {
    const long = 50_000;
    for (const [text, expected] of [
      ['a'.repeat(long), true],
      [`${'a'.repeat(long - 1)}-`, false],
      [`${'a/'.repeat(long / 2 - 1)}a-`, false],
      [`${'a:'.repeat(long / 2 - 1)}a-`, false],
    ] as const) {
      let looks = 0;
      function* counted() {
        for (const letter of text) {
          looks += 1;
          yield letter;
        }
      }
      assert.equal(isScopeName(counted()), expected);
      assert.equal(looks, long);
    }
  });
});

describe('a complete scope', () => {
  const rows: ReadonlyArray<readonly [scope: string, right: boolean]> = [
    ['skatteetaten:inntekt', true],
    ['altinn:serviceowner/instances.read', true],
    ['folkeregister:deling/offentligmedhjemmel', true],
    ['etat-2:a:b', true],
    ['etat:søknad', true],
    ['inntekt', false],
    [':inntekt', false],
    ['skatt:', false],
    ['skatt:inn tekt', false],
    ['skatt:inn"tekt', false],
    ['etat/x:y', false],
    [`a:${'b'.repeat(253)}`, true],
    [`a:${'b'.repeat(254)}`, false],
  ];
  for (const [scope, right] of rows) {
    test(`${right ? 'is' : 'is not'} ${scope.slice(0, 50)}`, () => assert.equal(completeScope.test(scope), right));
  }
});
