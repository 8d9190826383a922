/** No request fails under constant load, through a rotation of both admin clients, a roll-back and a second rotation. */
import { suite, test } from 'node:test';
import { rehearse } from './rehearsal.ts';

suite('load', () => {
  test('not one request fails, while the keys of applications rotate too', async (t) => {
    await rehearse(t, { late: false });
  });

  test('nor where `latest` is an hour behind, and metadata, lists and grants are late too', async (t) => {
    await rehearse(t, { late: true });
  });
});
