import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { wrapKey } from '../../client/wrap.ts';

const folder = mkdtempSync(join(tmpdir(), 'digdir-wrap-'));
after(() => rmSync(folder, { recursive: true }));

const pkcs8 = (modulusLength: number): Buffer =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'der' });

const jobs = new Map(
  [3072, 4096].map((modulusLength) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
    return [
      modulusLength,
      {
        pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    ] as const;
  }),
);

/** Undoes the wrapping by the OpenSSL command line: OAEP with pkeyutl, then AES-KWP with enc. */
function unwrapByOpenssl(wrapped: Buffer, modulus: number, hash: string): Buffer {
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('job.pem'), jobs.get(modulus)?.secret ?? '');
  writeFileSync(file('aes.enc'), wrapped.subarray(0, modulus / 8));
  writeFileSync(file('key.enc'), wrapped.subarray(modulus / 8));
  const oaep = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`];
  const options = oaep.flatMap((option) => ['-pkeyopt', option]);
  const decrypt = ['pkeyutl', '-decrypt', '-inkey', file('job.pem'), '-in', file('aes.enc')];
  const aes = execFileSync('openssl', [...decrypt, ...options]);
  const unwrap = ['enc', '-d', '-id-aes256-wrap-pad', '-K', aes.toString('hex'), '-iv', 'A65959A6'];
  execFileSync('openssl', [...unwrap, '-in', file('key.enc'), '-out', file('key.der')]);
  return readFileSync(file('key.der'));
}

for (const modulus of [3072, 4096]) {
  for (const hash of ['sha1', 'sha256']) {
    test(`what is wrapped by RSA_OAEP_${modulus}_${hash.toUpperCase()}_AES_256 is undone by OpenSSL`, () => {
      for (const size of hash === 'sha1' ? [2048] : [2048, 3072, 4096]) {
        const key = pkcs8(size);
        const wrapped = wrapKey(key, jobs.get(modulus)?.pem ?? '', `RSA_OAEP_${modulus}_${hash.toUpperCase()}_AES_256`);
        assert.equal(wrapped.length, modulus / 8 + Math.ceil(key.length / 8) * 8 + 8);
        assert.deepEqual(unwrapByOpenssl(wrapped, modulus, hash), key);
      }
    });
  }
}

test('two wrappings of one key have nothing in common', () => {
  const key = pkcs8(2048);
  const pem = jobs.get(3072)?.pem ?? '';
  const [one, other] = [1, 2].map(() => wrapKey(key, pem, 'RSA_OAEP_3072_SHA256_AES_256').subarray(384));
  assert.notDeepEqual(one, other);
});

test('methods, job keys and sizes that do not fit are refused', () => {
  const key = pkcs8(2048);
  const pem = jobs.get(3072)?.pem ?? '';
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  assert.throws(() => wrapKey(key, pem, 'RSA_OAEP_3072_SHA256'), RangeError);
  assert.throws(() => wrapKey(key, pem, 'toString'), RangeError);
  assert.throws(() => wrapKey(key, pem, 'RSA_OAEP_4096_SHA256_AES_256'), RangeError);
  assert.throws(() => wrapKey(key, ec.toString(), 'RSA_OAEP_3072_SHA256_AES_256'), RangeError);
  assert.throws(() => wrapKey(Buffer.alloc(8193, 1), pem, 'RSA_OAEP_3072_SHA256_AES_256'), RangeError);
  assert.throws(() => wrapKey(Buffer.alloc(0), pem, 'RSA_OAEP_3072_SHA256_AES_256'), RangeError);
});
