/** A token with the credentials that a document names: chain by number, signature by KMS, never from a cache. */

import { chainInOrder } from '../documents/certificate-chain.ts';
import type { ActiveDocument } from '../domain/active-document.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Limits } from '../services/limits.ts';
import type { Token } from '../services/maskinporten.ts';
import type { Services } from './services.ts';

export type Credentials = Pick<ActiveDocument, 'keyVersion' | 'chainVersion' | 'clientId' | 'assertion' | 'scopes'>;

/** Refused: an `ASSERTION_…` code; `ASSERTION_SCOPES` also when the token holds fewer scopes than were asked for. */
export async function takeToken(services: Services, limits: Limits, credentials: Credentials): Promise<Token> {
  const { keyVersion, chainVersion, clientId, assertion, scopes } = credentials;
  const chain = assertion.style === 'x5c' ? await readX5c(services, limits, chainVersion) : [];
  const sign = (data: Uint8Array) => services.kms.sign(keyVersion, data, limits);
  const token = await services.maskinporten.grant({ clientId, scopes, assertion, chain }, sign, limits);
  const missing = scopes.filter((scope) => !token.scopes.includes(scope));
  if (missing.length === 0) return token;
  throw new Refusal('ASSERTION_SCOPES', `The token lacks ${missing.join(' ')}.`, { passing: true });
}

/** The chain as the header wants it: base64 DER, leaf first (RFC 7515 section 4.1.6); an adopted one may stand in any order. */
async function readX5c({ secrets }: Services, limits: Limits, chainVersion: string): Promise<string[]> {
  const version = await secrets.read(chainVersion, limits);
  if (!version || version === 'unusable') throw new Refusal('CUSTODY_BROKEN', `${chainVersion} cannot be read.`);
  const chain = chainInOrder(version.data.toString());
  if (chain.length === 0) throw new Refusal('CUSTODY_BROKEN', `${chainVersion} holds no certificate.`);
  return chain.map((der) => Buffer.from(der).toString('base64'));
}
