/**
 * PKCS#12 files (RFC 7292), by node-forge: it reads AES-256 (PBES2), 3DES and the old RC2-40, which Node's OpenSSL does not.
 *
 * node-forge holds what it reads in strings, which nobody can zero; they are garbage as soon as this returns.
 */

import { Buffer } from 'node:buffer';
import forge from 'node-forge';

export type Pkcs12Contents = {
  /** Each private key as PKCS#8 DER. */
  readonly keys: readonly Buffer[];
  /** Each certificate as DER, byte for byte as in the file. */
  readonly certificates: readonly Buffer[];
};

export type Pkcs12Fault = 'unsupported' | 'passphrase-missing' | 'passphrase-wrong';

/** The contents of a PKCS#12 file, or why it gives none. Without a passphrase the empty one is tried. */
export function readPkcs12(bytes: Buffer, passphrase: Buffer | undefined): Pkcs12Contents | Pkcs12Fault {
  const text = bytes.toString('latin1');
  if (!isDer(text)) return 'unsupported';
  const secret = passphrase?.toString('utf8') ?? '';
  // OpenSSL derives PBES2 keys from the UTF-8 of a passphrase, but the MAC key from its UTF-16; node-forge takes one form
  // for both. Without the MAC, the second way opens files with other letters than ASCII.
  const utf8 = Buffer.from(secret, 'utf8').toString('latin1');
  const ways = [() => parse(text, secret, true), ...(utf8 === secret ? [] : [() => parse(text, utf8, false)])];
  let fault: Pkcs12Fault = 'unsupported';
  for (const way of ways) {
    try {
      return contentsOf(way());
    } catch (error) {
      if (isPassphraseFault(error)) fault = passphrase ? 'passphrase-wrong' : 'passphrase-missing';
    }
  }
  return fault;
}

function isDer(text: string): boolean {
  try {
    forge.asn1.fromDer(text);
    return true;
  } catch {
    return false;
  }
}

/** Reads the file anew each time: node-forge changes what it is given. */
function parse(text: string, passphrase: string, checkMac: boolean): forge.pkcs12.Pkcs12Pfx {
  const asn1 = forge.asn1.fromDer(text);
  // PFX is version, authSafe and, where there is one, macData (RFC 7292 section 4).
  if (!checkMac && Array.isArray(asn1.value)) asn1.value = asn1.value.slice(0, 2);
  return forge.pkcs12.pkcs12FromAsn1(asn1, false, passphrase);
}

/** What node-forge says when a passphrase is wrong; its texts are compared and never shown. */
function isPassphraseFault(error: unknown): boolean {
  return error instanceof Error && /MAC could not be verified|wrong password|Failed to decrypt/i.test(error.message);
}

function contentsOf(pfx: forge.pkcs12.Pkcs12Pfx): Pkcs12Contents {
  const { keyBag, pkcs8ShroudedKeyBag, certBag } = forge.pki.oids;
  const bags = (bagType: string | undefined): forge.pkcs12.Bag[] =>
    bagType === undefined ? [] : (pfx.getBags({ bagType })[bagType] ?? []);
  return {
    keys: [...bags(keyBag), ...bags(pkcs8ShroudedKeyBag)].map(keyOf),
    certificates: bags(certBag).map(certificateOf),
  };
}

/** node-forge knows RSA keys only, and leaves others as they are. */
function keyOf({ key, asn1 }: forge.pkcs12.Bag): Buffer {
  return der(key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1);
}

/**
 * node-forge would write the outer signature algorithm in its own way, which changes the fingerprint: put together from
 * the signed part, the algorithm named in it (the same, RFC 5280 section 4.1.1.2) and the signature.
 */
function certificateOf({ cert, asn1 }: forge.pkcs12.Bag): Buffer {
  if (!cert) return der(asn1);
  const { create, Class, Type } = forge.asn1;
  const signed = cert.tbsCertificate;
  const fields = Array.isArray(signed.value) ? signed.value : [];
  const algorithm = fields[fields[0]?.tagClass === Class.CONTEXT_SPECIFIC ? 2 : 1];
  if (!algorithm) return Buffer.alloc(0);
  const signature = create(Class.UNIVERSAL, Type.BITSTRING, false, `\0${String(cert.signature)}`);
  return der(create(Class.UNIVERSAL, Type.SEQUENCE, true, [signed, algorithm, signature]));
}

function der(asn1: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1');
}
