/** How a private key comes to be written down: what of it, and in which form. For the tests that plant them. */

import type { KeyObject } from 'node:crypto';

const escaped = (text: string): Buffer => Buffer.from(JSON.stringify({ message: text }));
const behind = (prefix: string, bytes: Buffer): Buffer => Buffer.concat([Buffer.from(prefix), bytes]);

export const keyTexts: Readonly<Record<string, (key: KeyObject) => Buffer>> = {
  'PKCS#8': (key) => key.export({ type: 'pkcs8', format: 'der' }),
  'PKCS#1': (key) => key.export({ type: 'pkcs1', format: 'der' }),
  PEM: (key) => Buffer.from(key.export({ type: 'pkcs8', format: 'pem' })),
  JWK: (key) => Buffer.from(JSON.stringify(key.export({ format: 'jwk' }))),
};

export const forms: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'it is': (bytes) => bytes,
  'text in JSON': (bytes) => escaped(bytes.toString('base64')),
  'lower-case hex': (bytes) => Buffer.from(bytes.toString('hex')),
  'upper-case hex': (bytes) => Buffer.from(bytes.toString('hex').toUpperCase()),
  base64: (bytes) => Buffer.from(bytes.toString('base64')),
  base64url: (bytes) => Buffer.from(bytes.toString('base64url')),
  'base64, one byte further': (bytes) => Buffer.from(behind('-', bytes).toString('base64')),
  'base64, two bytes further': (bytes) => Buffer.from(behind('--', bytes).toString('base64')),
  'base64url, one byte further': (bytes) => Buffer.from(behind('-', bytes).toString('base64url')),
  'base64url, two bytes further': (bytes) => Buffer.from(behind('--', bytes).toString('base64url')),
  'base64 of base64': (bytes) => Buffer.from(Buffer.from(bytes.toString('base64')).toString('base64')),
  'decimals of a nested Buffer': (bytes) => Buffer.from(JSON.stringify({ key: bytes })),
  'decimals of a nested Uint8Array': (bytes) => Buffer.from(JSON.stringify({ key: new Uint8Array(bytes) })),
  'decimals in a text in JSON': (bytes) => escaped(JSON.stringify(new Uint8Array(bytes))),
  'decimals in lines': (bytes) => Buffer.from(JSON.stringify([...bytes], undefined, 2)),
};
