/** The KMS side of a key import: CKM_RSA_AES_KEY_WRAP undone (PKCS #11), and the material judged. */
import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  type KeyObject,
} from 'node:crypto';

import { invalidArgument } from '../grpc/rpc-error.ts';
import { parametersOf } from './algorithms.ts';
import { wrappingBits } from './import-jobs.ts';

/** What becomes of an import; the reasons are those that Google documents (troubleshooting-failed-imports). */
export type Unwrapped =
  | { readonly privateKey: string; readonly publicKey: string }
  | { readonly importFailureReason: string };

const unreadable = "The key material in the import request couldn't be unwrapped or wasn't formatted correctly";
const malformed = 'An argument to the import operation was malformed';

/** RFC 5649: the alternative initial value, which the cipher takes as its IV. */
const keyWrapPadIv = Buffer.from('A65959A6', 'hex');

/** The lengths that an RSA key from 2048 to 4096 bits may have once it is wrapped; everything else cannot be one. */
const wrappedRsa = { least: 512, most: 4096 };

/** INVALID_ARGUMENT at once, with the documented texts, when the length alone shows that this cannot be a wrapped key. */
export function checkWrappedLength(wrapped: Buffer, importMethod: string): void {
  const keyPart = wrapped.length - wrappingBits(importMethod) / 8;
  if (keyPart < 16) throw invalidArgument('Wrapped key is too short.');
  if (keyPart % 8 !== 0) throw invalidArgument('Wrapped key does not consist of 64-bit blocks.');
  if (keyPart < wrappedRsa.least || keyPart > wrappedRsa.most) {
    throw invalidArgument(`Wrapped RSA key has invalid length of ${wrapped.length}.`);
  }
}

/**
 * Unwraps `RSAES-OAEP(aes) ‖ AES-KWP(aes, PKCS#8 DER)` with the job's key and checks that it is an unencrypted RSA key of
 * the algorithm's size and, at a re-import, the same as before (`formerPublicKey`, SPKI PEM).
 */
export function unwrap(
  wrapped: Buffer,
  job: { readonly importMethod: string; readonly privateKey: string },
  algorithm: string,
  formerPublicKey: string | undefined,
): Unwrapped {
  const rsaBytes = wrappingBits(job.importMethod) / 8;
  let key: KeyObject;
  try {
    const aes = privateDecrypt(
      {
        key: job.privateKey,
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: job.importMethod.includes('_SHA256_') ? 'sha256' : 'sha1',
      },
      wrapped.subarray(0, rsaBytes),
    );
    const decipher = createDecipheriv('id-aes256-wrap-pad', aes, keyWrapPadIv);
    const der = Buffer.concat([decipher.update(wrapped.subarray(rsaBytes)), decipher.final()]);
    key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return { importFailureReason: unreadable };
  }
  if (key.asymmetricKeyType !== 'rsa') return { importFailureReason: malformed };
  if (key.asymmetricKeyDetails?.modulusLength !== parametersOf(algorithm).modulusBits) {
    return { importFailureReason: malformed };
  }
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  if (formerPublicKey !== undefined && formerPublicKey !== publicKey) return { importFailureReason: malformed };
  return { privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey };
}
