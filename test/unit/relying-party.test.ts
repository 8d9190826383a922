/** The parts of `examples/relying-party` that ID-porten does not meet: what it refuses by itself, and when sessions end. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type Credentials, signingKeyOf } from '../../examples/relying-party/credentials.ts';
import { citizenOf } from '../../examples/relying-party/login.ts';
import { createSessions } from '../../examples/relying-party/sessions.ts';

test('an id_token of too low a level, or of another family, is refused', () => {
  const claims = { iss: 'https://idporten.no', pid: '13848299999', sid: 's', acr: 'idporten-loa-substantial' };
  assert.deepEqual(citizenOf(claims), {
    issuer: 'https://idporten.no',
    pid: '13848299999',
    sid: 's',
    level: 'idporten-loa-substantial',
  });
  assert.equal(citizenOf({ ...claims, acr: 'idporten-loa-high' }).level, 'idporten-loa-high');
  for (const acr of ['idporten-loa-low', 'eidas-loa-high', 'selfregistered-email', undefined]) {
    assert.throws(() => citizenOf({ ...claims, acr }), /level/);
  }
  assert.throws(() => citizenOf({ ...claims, pid: undefined }), /pid/);
  assert.throws(() => citizenOf({ ...claims, sid: undefined }), /sid/);
});

test('a session ends when nobody uses it, when it is old, and when it is meant', () => {
  let now = 0;
  const sessions = createSessions<string>({ idle: 30, longest: 70 }, () => now);
  const [used, unused] = [sessions.start('used'), sessions.start('unused')];
  assert.notEqual(used, unused);
  now = 29;
  assert.equal(sessions.find(used), 'used');
  now = 30;
  assert.deepEqual([sessions.find(used), sessions.find(unused)], ['used', undefined]);
  now = 59;
  assert.equal(sessions.find(used), 'used');
  now = 70;
  assert.equal(sessions.find(used), undefined);

  const [kept, meant] = [sessions.start('kept'), sessions.start('meant')];
  sessions.endWhere((content) => content === 'meant');
  assert.deepEqual([sessions.find(kept), sessions.find(meant)], ['kept', undefined]);
  assert.deepEqual([sessions.end(kept), sessions.end(kept), sessions.find(undefined)], ['kept', undefined, undefined]);
});

test('the private key is taken as delivered, and what is none is not repeated', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'kid', alg: 'RS256', use: 'sig' };
  const keyOf = (text: string) => signingKeyOf({ IDPORTEN_CLIENT_JWK: text } as Credentials);
  const { key, kid } = await keyOf(JSON.stringify(jwk));
  assert.deepEqual([kid, key.type, key.extractable], ['kid', 'private', false]);

  const others = [
    { ...jwk, kid: undefined },
    { ...jwk, alg: 'RS512' },
    { ...publicKey.export({ format: 'jwk' }), kid: 'kid', alg: 'RS256' },
  ];
  const texts = [...others.map((other) => JSON.stringify(other)), `${JSON.stringify(jwk)}}`, jwk.d ?? ''];
  for (const text of texts) {
    await assert.rejects(keyOf(text), (error: Error) => {
      assert.equal(error.message, 'IDPORTEN_CLIENT_JWK is not a private RSA key as a JWK with kid and alg RS256');
      assert.equal(error.cause, undefined);
      return true;
    });
  }
});
