/** Writes a business certificate and its key in the forms in which they arrive from an issuer or from a colleague. */

import { execFile } from 'node:child_process';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import forge from 'node-forge';
import type { IssuedCertificate } from './authority.ts';

export type KeyFileForm =
  /** PKCS #12 by node-forge: PBES2 with AES-256, and PBE with SHA-1 and triple DES. */
  | 'pkcs12-aes256'
  | 'pkcs12-3des'
  /** PKCS #12 by the `openssl` command: its present default, and RC2-40 with triple DES as Windows once exported. */
  | 'pkcs12-openssl'
  | 'pkcs12-rc2-40'
  | 'pem-pkcs1'
  | 'pem-pkcs8'
  | 'pem-encrypted-pkcs8'
  | 'der';

export type KeyFiles = {
  /** Path of the file that holds the private key, and in PKCS #12 the certificates as well. */
  readonly key: string;
  /** Paths of the certificates: one PEM file in the chain's order, or a DER file each; none beside PKCS #12. */
  readonly certificates: readonly string[];
};

type Contents = Pick<IssuedCertificate, 'privateKey' | 'chain'>;

/**
 * Writes `contents` to `folder` in one form. The passphrase is used by PKCS #12 and encrypted PKCS #8 alone. Only
 * `pkcs12-openssl` and `pkcs12-rc2-40` need the `openssl` command (version 3). For `pkcs12-aes256` the passphrase must be
 * ASCII: node-forge derives that key from a passphrase's UTF-16 units where others take its UTF-8.
 */
export async function writeKeyFiles(
  folder: string,
  contents: Contents,
  form: KeyFileForm,
  passphrase: string,
): Promise<KeyFiles> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, bytes: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, bytes, { mode: 0o600 });
    return path;
  };

  if (form.startsWith('pkcs12')) {
    return { key: await write(`${form}.p12`, await pkcs12(contents, form, passphrase)), certificates: [] };
  }
  if (form === 'der') {
    const key = await write('key.der', contents.privateKey.export({ type: 'pkcs8', format: 'der' }));
    const certificates = contents.chain.map((one, index) => write(`certificate-${index + 1}.der`, der(one)));
    return { key, certificates: await Promise.all(certificates) };
  }
  const key = await write(`${form}.pem`, pemKey(contents.privateKey, form, passphrase));
  return { key, certificates: [await write('chain.pem', contents.chain.join(''))] };
}

function pkcs12(contents: Contents, form: KeyFileForm, passphrase: string): Uint8Array | Promise<Uint8Array> {
  if (form === 'pkcs12-openssl') return opensslPkcs12(contents, [], passphrase);
  if (form === 'pkcs12-rc2-40') return opensslPkcs12(contents, RC2_40, passphrase);
  return forgePkcs12(contents, form === 'pkcs12-3des' ? '3des' : 'aes256', passphrase);
}

const RC2_40 = ['-legacy', '-certpbe', 'PBE-SHA1-RC2-40', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];

function forgePkcs12(contents: Contents, algorithm: 'aes256' | '3des', passphrase: string): Uint8Array {
  const key = forge.pki.privateKeyFromPem(pemKey(contents.privateKey, 'pem-pkcs1', passphrase));
  const certificates = contents.chain.map((certificate) => forge.pki.certificateFromPem(certificate));
  const asn1 = forge.pkcs12.toPkcs12Asn1(key, certificates, passphrase, { algorithm });
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

function opensslPkcs12(contents: Contents, options: readonly string[], passphrase: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'openssl',
      ['pkcs12', '-export', ...options, '-passout', 'env:PASSPHRASE'],
      { encoding: 'buffer', env: { ...process.env, PASSPHRASE: passphrase } },
      (error, output) => (error ? reject(error) : resolve(output)),
    );
    child.stdin?.end(pemKey(contents.privateKey, 'pem-pkcs8', passphrase) + contents.chain.join(''));
  });
}

function pemKey(key: KeyObject, form: KeyFileForm, passphrase: string): string {
  if (form === 'pem-pkcs1') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  const encryption = form === 'pem-encrypted-pkcs8' ? { cipher: 'aes-256-cbc', passphrase } : {};
  return key.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString();
}

function der(certificate: string): Uint8Array {
  return new X509Certificate(certificate).raw;
}
