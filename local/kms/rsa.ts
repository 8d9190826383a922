/** RSA signatures over a digest that is given: Node signs only messages, so the encodings of RFC 8017 are made here. */
import { constants, createHash, createPrivateKey, privateEncrypt, randomBytes } from 'node:crypto';

import type { SigningAlgorithm } from './algorithms.ts';

/** DER of DigestInfo up to the digest (RFC 8017, section 9.2, note 1). */
const digestInfo = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

/** `key` in PKCS#8 PEM; the digest must be of the algorithm's hash. PSS uses a salt as long as the digest, as KMS does. */
export function signDigest(key: string, algorithm: SigningAlgorithm, digest: Buffer): Buffer {
  if (algorithm.padding === 'PKCS1') {
    const encoded = Buffer.concat([digestInfo[algorithm.digest], digest]);
    return privateEncrypt({ key: createPrivateKey(key), padding: constants.RSA_PKCS1_PADDING }, encoded);
  }
  const encoded = encodePss(algorithm, digest, randomBytes(digest.length));
  return privateEncrypt({ key: createPrivateKey(key), padding: constants.RSA_NO_PADDING }, encoded);
}

/** EMSA-PSS-ENCODE (RFC 8017, section 9.1.1) for moduli of whole bytes. */
function encodePss({ digest: hash, modulusBits }: SigningAlgorithm, digest: Buffer, salt: Buffer): Buffer {
  const length = modulusBits / 8;
  const salted = createHash(hash)
    .update(Buffer.concat([Buffer.alloc(8), digest, salt]))
    .digest();
  const padding = Buffer.alloc(length - salt.length - digest.length - 2);
  const block = Buffer.concat([padding, Buffer.from([1]), salt]);
  const mask = maskGenerator(hash, salted, block.length);
  const masked = block.map((byte, index) => byte ^ (mask[index] ?? 0));
  // The encoded message is one bit shorter than the modulus.
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, salted, Buffer.from([0xbc])]);
}

/** MGF1 (RFC 8017, appendix B.2.1). */
function maskGenerator(hash: 'sha256' | 'sha512', seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; Buffer.concat(blocks).length < length; counter += 1) {
    const suffix = Buffer.alloc(4);
    suffix.writeUInt32BE(counter);
    blocks.push(createHash(hash).update(seed).update(suffix).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}
