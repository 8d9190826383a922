/**
 * Whoever proves itself by the active document, as the platform does: by its own rights, and aside from the calls that are
 * counted. Formats are spelled out here, and not taken from the product: it is what the product is judged by.
 */

import { createHash, randomUUID } from 'node:crypto';
import type { ActiveDocument } from '../../domain/active-document.ts';
import type { Stage } from './stage.ts';

/** The certificates that the chain version holds, base64 DER, in its order. Throws where it cannot be read. */
export async function chainOf({ cloud }: Stage, name: string): Promise<readonly string[]> {
  const answer = await cloud.google.aside('AccessSecretVersion', { name }, cloud.accounts.platform);
  const { payload } = answer as { readonly payload: { readonly data: Buffer } };
  const blocks = payload.data.toString().match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => block.replaceAll(/-----[^-]+-----|\s/g, ''));
}

/** The scopes of the token that the document brings now, or why it brings none. */
export async function tokenBy(stage: Stage, document: ActiveDocument): Promise<readonly string[] | string> {
  const { cloud } = stage;
  const { assertion, keyVersion, chainVersion, clientId, scopes } = document;
  const shown = assertion.style === 'kid' ? { kid: assertion.kid } : { x5c: await chainOf(stage, chainVersion) };
  const iat = Math.floor(Date.now() / 1000);
  const aud = cloud.digdir.maskinporten.issuer;
  const claims = { aud, iss: clientId, scope: scopes.join(' '), iat, exp: iat + 100, jti: randomUUID() };
  const signed = [{ alg: 'RS256', ...shown }, claims].map(encode).join('.');
  const digest = { sha256: createHash('sha256').update(signed).digest() };
  const answer = await cloud.google.aside('AsymmetricSign', { name: keyVersion, digest }, cloud.accounts.platform);
  const { signature } = answer as { readonly signature: Buffer };
  return await cloud.digdir.judge(`${signed}.${signature.toString('base64url')}`);
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** By what an assertion says whose it is. */
export async function proofOf(stage: Stage, { assertion, chainVersion }: ActiveDocument): Promise<string> {
  return assertion.style === 'kid' ? assertion.kid : (await chainOf(stage, chainVersion)).join(' ');
}

/** The same of an assertion that was sent. */
export function proofIn(assertion: string): string {
  const header = Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString();
  const { kid, x5c = [] } = JSON.parse(header) as { readonly kid?: string; readonly x5c?: readonly string[] };
  return kid ?? x5c.join(' ');
}
