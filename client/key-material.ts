/** What is in a key file, whatever its form: private keys and certificates, or the faults that keep them shut. */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { isCertificateLabel, pemBlocks } from '../documents/pem.ts';
import type { FailureCode } from '../domain/failures.ts';
import { readPkcs12 } from './pkcs12.ts';

export type KeyMaterial = {
  readonly keys: readonly KeyObject[];
  /** Each certificate, DER or PEM, unread. */
  readonly certificates: readonly Buffer[];
  readonly faults: readonly FailureCode[];
};

/** Opens PKCS#12, PEM (with any number of keys and certificates) or a DER key. No fault holds anything of the contents. */
export function openKeyMaterial(bytes: Buffer, passphrase: Buffer | undefined): KeyMaterial {
  const form = derForm(bytes);
  if (form === 'pkcs12') return fromPkcs12(bytes, passphrase);
  if (form === 'certificate') return { keys: [], certificates: [bytes], faults: [] };
  if (form) return material([], [openKey({ key: bytes, format: 'der', ...form }, passphrase)]);

  const blocks = pemBlocks(bytes);
  if (blocks.length === 0) return material([], ['KEY_FILE_UNSUPPORTED']);
  const certificates = blocks.filter(({ label }) => isCertificateLabel(label)).map((block) => block.bytes);
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  return material(
    certificates,
    keys.map((block) => openKey({ key: block.bytes, format: 'pem', encrypted: isEncrypted(block) }, passphrase)),
  );
}

function fromPkcs12(bytes: Buffer, passphrase: Buffer | undefined): KeyMaterial {
  const contents = readPkcs12(bytes, passphrase);
  if (typeof contents === 'string') return material([], [pkcs12Faults[contents]]);
  const opened = contents.keys.map((key) => {
    const result = openKey({ key, format: 'der', type: 'pkcs8', encrypted: false }, undefined);
    key.fill(0);
    return result;
  });
  return material(contents.certificates, opened);
}

const pkcs12Faults = {
  unsupported: 'KEY_FILE_UNSUPPORTED',
  'passphrase-missing': 'PASSPHRASE_MISSING',
  'passphrase-wrong': 'PASSPHRASE_WRONG',
} as const satisfies Record<string, FailureCode>;

function material(certificates: readonly Buffer[], opened: readonly (KeyObject | FailureCode)[]): KeyMaterial {
  const keys = opened.filter((one) => typeof one !== 'string');
  return { keys, certificates, faults: opened.filter((one) => typeof one === 'string') };
}

type ClosedKey = { key: Buffer; encrypted: boolean } & (
  | { format: 'pem' }
  | { format: 'der'; type: 'pkcs1' | 'pkcs8' | 'sec1' }
);

function openKey({ encrypted, ...input }: ClosedKey, passphrase: Buffer | undefined): KeyObject | FailureCode {
  if (encrypted && !passphrase) return 'PASSPHRASE_MISSING';
  try {
    return createPrivateKey(encrypted && passphrase ? { ...input, passphrase } : input);
  } catch (error) {
    const unsupported = error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_EVP_UNSUPPORTED';
    return encrypted && !unsupported ? 'PASSPHRASE_WRONG' : 'KEY_FILE_UNSUPPORTED';
  }
}

/** Encrypted PKCS#8 says so in its label, the traditional form in a header (RFC 1421 section 4.6.1.1). */
function isEncrypted({ label, bytes }: { label: string; bytes: Buffer }): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || bytes.includes('Proc-Type: 4,ENCRYPTED');
}

type DerForm = 'pkcs12' | 'certificate' | { type: 'pkcs1' | 'pkcs8' | 'sec1'; encrypted: boolean };

const tags = { integer: 0x02, octets: 0x04, sequence: 0x30 };

/** Tells the forms apart by the first two elements of the outer sequence, indefinite lengths (BER) included. */
function derForm(bytes: Buffer): DerForm | undefined {
  if (bytes[0] !== tags.sequence) return undefined;
  const first = contentAt(bytes, 0);
  const second = contentAt(bytes, first) + lengthAt(bytes, first);
  const [firstTag, secondTag, version] = [bytes[first], bytes[second], bytes[contentAt(bytes, first)]];
  if (firstTag === tags.integer && version === 3) return 'pkcs12';
  if (firstTag === tags.integer && secondTag === tags.integer) return { type: 'pkcs1', encrypted: false };
  if (firstTag === tags.integer && secondTag === tags.sequence) return { type: 'pkcs8', encrypted: false };
  if (firstTag === tags.integer && secondTag === tags.octets) return { type: 'sec1', encrypted: false };
  if (firstTag === tags.sequence && secondTag === tags.octets) return { type: 'pkcs8', encrypted: true };
  return firstTag === tags.sequence && secondTag === tags.sequence ? 'certificate' : undefined;
}

/** Where the content of the element at an offset begins: after its tag and the bytes of its length (X.690 section 8.1.3). */
function contentAt(bytes: Buffer, offset: number): number {
  const length = bytes[offset + 1] ?? 0;
  return offset + 2 + (length > 0x80 ? length - 0x80 : 0);
}

function lengthAt(bytes: Buffer, offset: number): number {
  const [start, end] = [offset + 2, contentAt(bytes, offset)];
  if (start === end) return bytes[offset + 1] ?? 0;
  return bytes.subarray(start, end).reduce((total, byte) => total * 256 + byte, 0);
}
