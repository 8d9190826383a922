/** Key pairs of the test authority, as Node's KeyObjects and as the WebCrypto keys that the certificate library takes. */

import { generateKeyPair, type KeyObject, type webcrypto } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

export function rsaKeyPair(bits: number): Promise<KeyPair> {
  return generate('rsa', { modulusLength: bits });
}

export function ellipticKeyPair(): Promise<KeyPair> {
  return generate('ec', { namedCurve: 'P-256' });
}

/** The same key for WebCrypto: RSA with PKCS #1 v1.5 and SHA-256, or ECDSA on P-256. */
export function webKey(key: KeyObject): webcrypto.CryptoKey {
  const algorithm =
    key.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return key.toCryptoKey(algorithm, true, key.type === 'private' ? ['sign'] : ['verify']);
}
