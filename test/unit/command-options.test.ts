/** The options of `digdir onboard`, as its inputs have them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOrderInputs } from '../../client/order-options.ts';
import { processOutput } from '../../client/output.ts';
import { defaultPace } from '../../domain/onboarding.ts';

const inputsOf = (options: Record<string, unknown>) =>
  readOrderInputs({
    arguments: [],
    options: { file: 'tenant.yaml', ...options },
    environment: { DIGDIR_BY: 'kari@example.no' },
    output: processOutput({ json: false, input: false }),
  });

test('how long a change at Digdir may take is a setting of the run', async () => {
  assert.deepEqual((await inputsOf({})).pace, defaultPace);
  assert.equal(defaultPace.propagation, 900);
  assert.equal((await inputsOf({ propagation: '2h' })).pace.propagation, 7_200);
});

test('the environment says who asks, unless an option does', async () => {
  assert.equal((await inputsOf({})).requestedBy, 'kari@example.no');
  assert.equal((await inputsOf({ by: 'ola@example.no' })).requestedBy, 'ola@example.no');
});
