/** The private key of a business certificate, and its certificates, from the file in which somebody was given them. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { readCertificate } from '../documents/certificate.ts';
import { isCertificateLabel, pemBlocks, pemOf } from '../documents/pem.ts';
import { keySizes } from '../domain/certificate.ts';
import type { FailureCode, Finding } from '../domain/failures.ts';
import { openKeyMaterial } from './key-material.ts';

export type KeyFile = {
  readonly bytes: Buffer;
  readonly passphrase?: Buffer;
  /** Certificates that are not in the file: PEM or DER. */
  readonly chain?: Buffer;
  /** Name of the file, for the findings. */
  readonly where: string;
};

export type KeyFileReading = {
  /** Only without findings. `pkcs8` is DER, unencrypted: the caller zeroes it. `publicKey` is SPKI, DER in base64. */
  readonly key?: { readonly pkcs8: Buffer; readonly publicKey: string };
  /** All certificates, as they stand in file and chain: for `readChain`, which orders and judges them. */
  readonly chainPem?: string;
  readonly findings: readonly Finding[];
  /** Whether the file asks for a passphrase and none was given. */
  readonly needsPassphrase: boolean;
};

/**
 * Reads PKCS#12, or PEM or DER keys (PKCS#1, PKCS#8, encrypted or not). Never throws; nothing of the key is in a finding.
 * Codes: KEY_FILE_UNSUPPORTED, PASSPHRASE_MISSING, PASSPHRASE_WRONG, KEY_MISSING, KEY_AMBIGUOUS, KEY_NOT_RSA,
 * KEY_SIZE_UNSUPPORTED, CERTIFICATE_MISSING, CERTIFICATE_UNREADABLE, KEY_CERTIFICATE_MISMATCH.
 */
export function readKeyFile({ bytes, passphrase, chain, where }: KeyFile): KeyFileReading {
  const { keys, certificates, faults } = openKeyMaterial(bytes, passphrase);
  const codes = new Set<FailureCode>(faults);
  const [key, ...others] = distinctKeys(keys);
  if (others.length > 0) codes.add('KEY_AMBIGUOUS');
  else if (key) for (const code of keyFaults(key)) codes.add(code);
  else if (codes.size === 0) codes.add('KEY_MISSING');

  const given = chain ? certificatesIn(chain) : [];
  if (!given) codes.add('CERTIFICATE_UNREADABLE');
  const all = new Set([...certificates, ...(given ?? [])].map(asPem));
  const locked = codes.has('PASSPHRASE_MISSING') || codes.has('PASSPHRASE_WRONG') || codes.has('KEY_FILE_UNSUPPORTED');
  if (all.size === 0 && given && !locked) codes.add('CERTIFICATE_MISSING');
  if (key && others.length === 0 && belongsToNone(key, all)) codes.add('KEY_CERTIFICATE_MISMATCH');

  const findings = [...codes].map((code) => ({ code, where, message: messages[code] ?? 'The file cannot be used.' }));
  return {
    findings,
    needsPassphrase: codes.has('PASSPHRASE_MISSING'),
    ...(all.size > 0 ? { chainPem: [...all].join('') } : {}),
    ...(key && findings.length === 0
      ? { key: { pkcs8: key.export({ type: 'pkcs8', format: 'der' }), publicKey: publicKeyOf(key) } }
      : {}),
  };
}

const messages: { readonly [code in FailureCode]?: string } = {
  KEY_FILE_UNSUPPORTED: 'The file is neither PKCS#12 nor a PEM or DER private key that can be read.',
  PASSPHRASE_MISSING: 'The file is protected by a passphrase, and none was given.',
  PASSPHRASE_WRONG: 'The passphrase does not open the file.',
  KEY_MISSING: 'There is no private key in the file.',
  KEY_AMBIGUOUS: 'There are several private keys in the file.',
  KEY_NOT_RSA: 'The private key is not an RSA key.',
  KEY_SIZE_UNSUPPORTED: 'The private key has another size than 2048, 3072 or 4096 bits.',
  CERTIFICATE_MISSING: 'There is no certificate, neither in the file nor beside it.',
  CERTIFICATE_UNREADABLE: 'What is given as chain holds no PEM or DER certificate.',
  KEY_CERTIFICATE_MISMATCH: 'None of the certificates belongs to the private key.',
};

function distinctKeys(keys: readonly KeyObject[]): KeyObject[] {
  return [...new Map(keys.map((key) => [publicKeyOf(key), key])).values()];
}

function keyFaults(key: KeyObject): FailureCode[] {
  if (key.asymmetricKeyType !== 'rsa') return ['KEY_NOT_RSA'];
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return keySizes.some((size) => size === bits) ? [] : ['KEY_SIZE_UNSUPPORTED'];
}

/** The certificates of a chain file; `undefined` when it holds none. */
function certificatesIn(chain: Buffer): Buffer[] | undefined {
  const blocks = pemBlocks(chain).filter(({ label }) => isCertificateLabel(label));
  if (blocks.length > 0) return blocks.map(({ bytes }) => bytes);
  return readCertificate(chain) ? [chain] : undefined;
}

/** One form for every certificate, so that one that is given twice shows; what cannot be read stays as it is. */
function asPem(certificate: Buffer): string {
  const facts = readCertificate(certificate);
  if (facts) return pemOf('CERTIFICATE', facts.der);
  return certificate.includes('-----BEGIN ')
    ? `${certificate.toString('latin1')}\n`
    : pemOf('CERTIFICATE', certificate);
}

/** Says nothing of certificates that cannot be read: `readChain` does. */
function belongsToNone(key: KeyObject, pems: ReadonlySet<string>): boolean {
  const facts = [...pems].map((pem) => readCertificate(Buffer.from(pem)));
  const publicKey = publicKeyOf(key);
  return facts.length > 0 && facts.every((one) => one !== undefined && one.publicKey !== publicKey);
}

function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}
