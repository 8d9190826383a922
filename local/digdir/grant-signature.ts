/** The key that a grant must be signed with: the one registered under its `kid`, or its certificate's. */

import { type KeyObject, createPublicKey, X509Certificate } from 'node:crypto';
import { compactVerify, type ProtectedHeaderParameters } from 'jose';
import { brokenRule, organisationNumber } from './certificate-rules.ts';
import type { GrantContext } from './grant.ts';
import { TokenRefusal } from './maskinporten-errors.ts';
import type { ClientRecord } from './models.ts';

/** Refuses a grant that is signed by no key, by the wrong one, or by one that may no longer be used. */
export async function checkSignature(
  assertion: string,
  header: ProtectedHeaderParameters,
  record: ClientRecord,
  context: GrantContext,
): Promise<void> {
  const key =
    header.x5c === undefined ? registeredKey(header.kid, record, context) : certificateKey(header.x5c, record, context);
  try {
    await compactVerify(assertion, key);
  } catch (error) {
    throw new TokenRefusal('MP-124', String(error));
  }
}

function registeredKey(kid: unknown, record: ClientRecord, context: GrantContext): KeyObject {
  const key = record.keys.find((one) => one.kid === kid);
  if (!key) throw new TokenRefusal('unknown-kid', `the client has no key ${String(kid)}`);
  if (key.exp * 1000 <= context.now.getTime()) throw new TokenRefusal('MP-121', `key ${key.kid} has expired`);
  if (key.x5c) certificateOf(key.x5c, record, context);
  return createPublicKey({ key: { kty: key.kty, n: key.n, e: key.e }, format: 'jwk' });
}

function certificateKey(x5c: readonly string[], record: ClientRecord, context: GrantContext): KeyObject {
  if (record.keys.length > 0) throw new TokenRefusal('unknown-kid', 'a client with registered keys must send kid');
  return certificateOf(x5c, record, context).publicKey;
}

/** The leaf, after the certificate rules and the comparison of organisation numbers. */
function certificateOf(x5c: readonly string[], record: ClientRecord, context: GrantContext): X509Certificate {
  const [leaf] = x5c.map(readCertificate);
  if (!leaf) throw new TokenRefusal('MP-123', 'x5c is empty');
  const broken = brokenRule(leaf, context.trust, context.now);
  if (broken) throw new TokenRefusal(broken.code, `the certificate breaks the rule: ${broken.name}`);
  const organisation = organisationNumber(leaf);
  if (organisation !== record.client.client_orgno) {
    throw new TokenRefusal(
      'MP-122',
      `the certificate is of ${organisation}, the client of ${record.client.client_orgno}`,
    );
  }
  return leaf;
}

function readCertificate(base64: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    throw new TokenRefusal('MP-123', 'x5c holds something else than certificates in base64 DER');
  }
}
