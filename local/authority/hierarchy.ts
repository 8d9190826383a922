/** A root and the intermediate under it that issues business certificates, as Buypass and Commfides have them. */

import 'reflect-metadata';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { type KeyPair, rsaKeyPair, webKey } from './keys.ts';

export type Hierarchy = {
  /** PEM. */
  readonly root: string;
  /** PEM. */
  readonly intermediate: string;
  /** Signs business certificates. */
  readonly intermediateKey: KeyObject;
};

/** A hierarchy as kept in a file: all PEM. */
export type StoredHierarchy = {
  readonly root: string;
  readonly intermediate: string;
  readonly intermediateKey: string;
};

const YEAR = 365 * 24 * 60 * 60 * 1000;

/** Makes a hierarchy that has been valid for ten years at `now` and stays so for twenty. */
export async function createHierarchy(name: string, now: Date): Promise<Hierarchy> {
  const [rootKeys, intermediateKeys] = await Promise.all([rsaKeyPair(2048), rsaKeyPair(2048)]);
  const root = await authorityCertificate(`${name} Root CA`, rootKeys.publicKey, undefined, rootKeys, now);
  const intermediate = await authorityCertificate(
    `${name} CA Business`,
    intermediateKeys.publicKey,
    root,
    rootKeys,
    now,
  );
  return { root: pem(root), intermediate: pem(intermediate), intermediateKey: intermediateKeys.privateKey };
}

export function storedHierarchy(hierarchy: Hierarchy): StoredHierarchy {
  return {
    ...hierarchy,
    intermediateKey: hierarchy.intermediateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export function readHierarchy(stored: StoredHierarchy): Hierarchy {
  return { ...stored, intermediateKey: createPrivateKey(stored.intermediateKey) };
}

/** PEM with a line feed at its end, so that PEM texts can be joined. */
export function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

async function authorityCertificate(
  commonName: string,
  publicKey: KeyObject,
  issuer: X509Certificate | undefined,
  issuerKeys: KeyPair,
  now: Date,
): Promise<X509Certificate> {
  const subject = `CN=${commonName}, O=Local Test Authority AS, C=NO`;
  return X509CertificateGenerator.create({
    subject,
    issuer: issuer ? issuer.subject : subject,
    notBefore: new Date(now.getTime() - 10 * YEAR),
    notAfter: new Date(now.getTime() + 20 * YEAR),
    publicKey: webKey(publicKey),
    signingKey: webKey(issuerKeys.privateKey),
    extensions: [
      new BasicConstraintsExtension(true, issuer ? 0 : 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(webKey(publicKey)),
      await AuthorityKeyIdentifierExtension.create(webKey(issuerKeys.publicKey)),
    ],
  });
}
