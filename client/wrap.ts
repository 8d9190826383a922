/**
 * Wrapping a private key for a Cloud KMS import job, on the caller's machine: only ciphertext leaves it.
 *
 * The wrapped key is RSAES-OAEP(a fresh AES-256 key) followed by AES-KWP(the PKCS#8 key) with that AES key: RFC 8017,
 * RFC 5649, and PKCS#11's CKM_RSA_AES_KEY_WRAP (google/cloud/kms/v1/service.proto, ImportCryptoKeyVersionRequest.wrapped_key).
 */

import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';

/** The import methods that can carry an RSA key: the job's modulus in bits, and the hash of OAEP and its MGF1. */
const wrapMethods: Readonly<Record<string, { readonly modulus: number; readonly hash: string }>> = {
  RSA_OAEP_3072_SHA1_AES_256: { modulus: 3072, hash: 'sha1' },
  RSA_OAEP_4096_SHA1_AES_256: { modulus: 4096, hash: 'sha1' },
  RSA_OAEP_3072_SHA256_AES_256: { modulus: 3072, hash: 'sha256' },
  RSA_OAEP_4096_SHA256_AES_256: { modulus: 4096, hash: 'sha256' },
};

/** What Google's own command line takes; the result then stays far below its 64 KiB. */
const maximumKeyBytes = 8 * 1024;

/** The alternative initial value of AES-KWP (RFC 5649 section 3). */
const alternativeInitialValue = Buffer.from('A65959A6', 'hex');

/**
 * Wraps a PKCS#8 DER key for the import job's public key (PEM). The caller zeroes `pkcs8`; the AES key is zeroed here.
 * Throws a RangeError, which says nothing of the key, when method, job key or key size do not fit.
 */
export function wrapKey(pkcs8: Buffer, jobPublicKeyPem: string, importMethod: string): Buffer {
  const method = Object.hasOwn(wrapMethods, importMethod) ? wrapMethods[importMethod] : undefined;
  if (!method) throw new RangeError(`The import method ${importMethod} cannot carry an RSA key`);
  if (pkcs8.length === 0 || pkcs8.length > maximumKeyBytes) {
    throw new RangeError(`A key of ${pkcs8.length} bytes cannot be imported: 1 to ${maximumKeyBytes} can`);
  }
  const jobKey = createPublicKey(jobPublicKeyPem);
  const modulus = jobKey.asymmetricKeyDetails?.modulusLength;
  if (jobKey.asymmetricKeyType !== 'rsa' || modulus !== method.modulus) {
    throw new RangeError(`The public key of the import job is not the RSA ${method.modulus} key of ${importMethod}`);
  }

  const aes = randomBytes(32);
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const wrappedAes = publicEncrypt({ key: jobKey, padding, oaepHash: method.hash }, aes);
    const cipher = createCipheriv('id-aes256-wrap-pad', aes, alternativeInitialValue);
    return Buffer.concat([wrappedAes, cipher.update(pkcs8), cipher.final()]);
  } finally {
    aes.fill(0);
  }
}
