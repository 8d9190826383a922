/** What a person's answers at the prompt of `digdir adopt` mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked } from '../../client/adoption-consent.ts';

async function wantedBy(...answers: (string | undefined)[]): Promise<{ wanted: string[]; questions: string[] }> {
  const questions: string[] = [];
  const wanted = await asked(['a', 'b', 'c'], async (thing) => {
    questions.push(thing);
    return answers[questions.length - 1];
  });
  return { wanted, questions };
}

test('each is asked about, and only a clear yes counts', async () => {
  assert.deepEqual(await wantedBy('y', 'n', 'Yes '), { wanted: ['a', 'c'], questions: ['a', 'b', 'c'] });
  assert.deepEqual((await wantedBy('', 'yeah', 'no')).wanted, []);
});

test('`all` stands for the rest, and not for those that were declined', async () => {
  assert.deepEqual(await wantedBy('n', 'all'), { wanted: ['b', 'c'], questions: ['a', 'b'] });
});

test('who leaves the prompt declines the rest', async () => {
  assert.deepEqual(await wantedBy('y', undefined), { wanted: ['a'], questions: ['a', 'b'] });
});
