/** Which KMS the command asks for the wrapping key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerKms } from '../../client/caller-kms.ts';
import { Refusal } from '../../domain/refusal.ts';

const environment = { DIGDIR_GOOGLE_ENDPOINT: '127.0.0.1:1', DIGDIR_GOOGLE_ACCOUNT: 'you@example.org' };

test('an endpoint that is left over from a local world is refused for the key of a real one', () => {
  for (const tenant of ['test', 'production'] as const) {
    assert.throws(
      () => callerKms(environment, ['local', tenant]),
      (error) => error instanceof Refusal && error.code === 'USAGE' && /unset it/.test(error.message),
    );
  }
});

test('what could not be opened is closed without a word', async () => {
  const kms = callerKms({ DIGDIR_GOOGLE_ENDPOINT: 'nowhere' }, ['local']);
  await assert.rejects(kms.open(), (error) => error instanceof Refusal && error.code === 'USAGE');
  await kms.close();
});

test('it is taken for a local world, and nobody is asked without one', async () => {
  await callerKms(environment, ['local']).close();
  await callerKms({}, ['production']).close();
});
