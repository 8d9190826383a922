/** The signing algorithms that the local KMS knows: RSA with PKCS#1 v1.5 or PSS over a digest. */
import { invalidArgument, unimplemented } from '../grpc/rpc-error.ts';

export type SigningAlgorithm = {
  readonly padding: 'PKCS1' | 'PSS';
  readonly modulusBits: number;
  readonly digest: 'sha256' | 'sha512';
};

const published = [
  'RSA_SIGN_PKCS1_2048_SHA256',
  'RSA_SIGN_PKCS1_3072_SHA256',
  'RSA_SIGN_PKCS1_4096_SHA256',
  'RSA_SIGN_PKCS1_4096_SHA512',
  'RSA_SIGN_PSS_2048_SHA256',
  'RSA_SIGN_PSS_3072_SHA256',
  'RSA_SIGN_PSS_4096_SHA256',
  'RSA_SIGN_PSS_4096_SHA512',
];

/** The name of a supported algorithm: INVALID_ARGUMENT when it is none for signing, UNIMPLEMENTED when only we lack it. */
export function checkedAlgorithm(name: unknown): string {
  if (typeof name !== 'string' || name.endsWith('_UNSPECIFIED')) throw invalidArgument('The algorithm is required.');
  if (published.includes(name)) return name;
  if (/^(RSA_SIGN_RAW|EC_SIGN|PQ_SIGN)_/.test(name)) throw unimplemented(`The local KMS does not support ${name}.`);
  throw invalidArgument(`The algorithm ${name} is not valid for the purpose ASYMMETRIC_SIGN.`);
}

export function parametersOf(name: string): SigningAlgorithm {
  const [, padding, bits, digest] = /^RSA_SIGN_(PKCS1|PSS)_(\d{4})_(SHA256|SHA512)$/.exec(name) ?? [];
  if (!padding || !bits || !digest) throw new Error(`${name} is not one of the supported algorithms`);
  return {
    padding: padding === 'PSS' ? 'PSS' : 'PKCS1',
    modulusBits: Number(bits),
    digest: digest === 'SHA512' ? 'sha512' : 'sha256',
  };
}
