/** Whatever is written of a key is found, in every form; and nothing else is. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { assert as holds, constantFrom, integer, nat, property, uint8Array } from 'fast-check';
import { SignJWT } from 'jose';
import { wrapKey } from '../../client/wrap.ts';
import { forms, keyTexts } from './forms.ts';
import { createNeedles } from './needles.ts';
import { scanBytes } from './scan.ts';
import { secretsOfKey, secretsOfToken } from './secrets.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secrets = secretsOfKey(privateKey);
const needles = createNeedles();
needles.add(secrets);

const noise = (length: number): Buffer => randomBytes(length);
const among = (planted: Buffer): Buffer => Buffer.concat([noise(4_001), planted, noise(4_001)]);

describe('a private key', () => {
  for (const [text, of] of Object.entries(keyTexts)) {
    for (const [form, write] of Object.entries(forms)) {
      test(`${text} written as ${form} is found, and nothing of it is told`, () => {
        const finds = scanBytes(needles, among(write(of(privateKey))));
        assert.ok(finds.some(({ secret }) => secret.startsWith('d of the private key')));
        assert.ok(finds.every(({ offset }) => offset > 3_000 && offset < 20_000));
        const told = createNeedles();
        told.add(secrets);
        assert.deepEqual(scanBytes(told, Buffer.from(JSON.stringify(finds))), []);
      });
    }
  }

  test('is found as one whose making nobody told of, in PEM and JWK', () => {
    const nobody = createNeedles();
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const found = (text: string) => scanBytes(nobody, Buffer.from(text)).map(({ secret }) => secret);
    for (const key of [privateKey, stranger]) {
      const jwk = JSON.stringify(key.export({ format: 'jwk' }));
      assert.deepEqual(found(jwk), ['a private key as JWK']);
      assert.deepEqual(found(JSON.stringify({ cause: jwk })), ['a private key as JWK']);
      assert.deepEqual(found(pemOf(key).toString()), ['a private key as PEM']);
    }
    assert.deepEqual(found(JSON.stringify(publicKey.export({ format: 'jwk' }))), []);
  });

  test('is found by any 24 bytes in a row of any private part, wherever they stand', () => {
    const part = constantFrom(...secrets);
    const write = constantFrom(...Object.values(forms));
    const around = uint8Array({ maxLength: 300 });
    holds(
      property(part, nat(), write, around, around, ({ name, bytes }, place, form, before, after) => {
        const start = place % (bytes.length - 23);
        const planted = form(Buffer.from(bytes.subarray(start, start + 24)));
        const finds = scanBytes(needles, Buffer.concat([before, Buffer.from('|'), planted, Buffer.from('|'), after]));
        assert.deepEqual([...new Set(finds.map(({ secret }) => secret))], [name]);
      }),
      { numRuns: 500 },
    );
  });

  test('is found in pieces cut as the pages of a database cut them', () => {
    holds(
      property(constantFrom(...Object.values(forms)), integer({ min: 0, max: 1_000 }), (form, cut) => {
        const text = form(pemOf(privateKey));
        const pieces = Buffer.concat([text.subarray(0, cut), noise(64), text.subarray(cut)]);
        assert.ok(scanBytes(needles, pieces).length > 0);
      }),
    );
  });
});

test('the public key, another private key and the wrapped key are no finds', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const job = generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey.export({ type: 'spki', format: 'pem' });
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const innocent = [
    publicKey.export({ type: 'spki', format: 'der' }),
    Buffer.from(JSON.stringify(publicKey.export({ format: 'jwk' }))),
    other.privateKey.export({ type: 'pkcs8', format: 'der' }),
    wrapKey(pkcs8, job.toString(), 'RSA_OAEP_3072_SHA256_AES_256'),
    noise(100_000),
    Buffer.alloc(100_000),
  ];
  for (const bytes of innocent) {
    for (const write of Object.values(forms)) assert.deepEqual(scanBytes(needles, among(write(bytes))), []);
  }
});

test('a token is found by its signature, whole or cut; its header and claims alone are no find', async () => {
  const token = await new SignJWT({ scope: 'idporten:dcr.read' }).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
  const known = createNeedles();
  known.add(secretsOfToken(token));
  for (const write of Object.values(forms)) {
    assert.match(scanBytes(known, among(write(Buffer.from(token))))[0]?.secret ?? '', /^the signature of the token/);
    assert.equal(scanBytes(known, among(write(Buffer.from(token.slice(-80))))).length, 1);
    const unsigned = token.slice(0, token.lastIndexOf('.'));
    assert.deepEqual(scanBytes(known, among(write(Buffer.from(unsigned)))), []);
  }
});

test('a find says how it was written', () => {
  const [d] = secrets;
  const bytes = Buffer.from(d?.bytes ?? '');
  const formOf = (written: Buffer) => scanBytes(needles, written).map(({ form }) => form);
  assert.deepEqual(formOf(bytes), ['raw']);
  assert.deepEqual(formOf(Buffer.from(bytes.toString('hex'))), ['hex']);
  assert.deepEqual(formOf(Buffer.from(JSON.stringify(bytes))), ['decimal']);
  assert.deepEqual(formOf(Buffer.from(JSON.stringify(new Uint8Array(bytes)))), ['indexed decimal']);
  const pem = Buffer.from(pemOf(privateKey).toString('base64'));
  assert.ok(formOf(pem).includes('base64 of base64'));
});

function pemOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }));
}
