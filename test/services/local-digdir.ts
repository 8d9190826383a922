/** A local Digdir with its authority for one test file, and grants made as a client makes them. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JWTHeaderParameters, SignJWT } from 'jose';
import { type Authority, createAuthority, type IssuedCertificate } from '../../local/authority/authority.ts';
import { type Calls, createCalls } from '../../local/calls.ts';
import { type LocalDigdir, startDigdir } from '../../local/digdir/server.ts';

export const ORGANISATION = '312345678';

export type TestWorld = {
  readonly folder: string;
  readonly calls: Calls;
  readonly authority: Authority;
  readonly digdir: LocalDigdir;
  close(): Promise<void>;
};

export async function startTestWorld(clock?: () => Date): Promise<TestWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'digdir-'));
  const calls = createCalls();
  const authority = await createAuthority();
  const digdir = await startDigdir({ folder, calls, authority, ...(clock && { clock }) });
  return {
    folder,
    calls,
    authority,
    digdir,
    async close() {
      await digdir.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type Grant = {
  readonly clientId: string;
  readonly certificate: Pick<IssuedCertificate, 'privateKey' | 'leaf'>;
  readonly scope?: string;
  /** Replace or add to the claims; `undefined` leaves one out. */
  readonly claims?: Record<string, unknown>;
  /** In place of `x5c` with the leaf. */
  readonly header?: JWTHeaderParameters;
};

export function signGrant(digdir: LocalDigdir, grant: Grant): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: digdir.maskinporten.issuer,
    iss: grant.clientId,
    iat: now,
    exp: now + 100,
    jti: randomUUID(),
    scope: grant.scope ?? 'idporten:dcr.read',
    ...grant.claims,
  };
  const header = grant.header ?? { alg: 'RS256', x5c: [derBase64(grant.certificate.leaf)] };
  return new SignJWT(claims).setProtectedHeader(header).sign(grant.certificate.privateKey);
}

export type TokenReply = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly access_token?: string;
    readonly expires_in?: number;
    readonly scope?: string;
    readonly error?: string;
    readonly error_description?: string;
  };
};

export async function requestToken(
  digdir: LocalDigdir,
  assertion: string,
  grantType = JWT_BEARER,
): Promise<TokenReply> {
  const response = await fetch(`${digdir.maskinporten.issuer}token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: grantType, assertion }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as TokenReply['body'],
  };
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export function derBase64(pem: string): string {
  return pem.replaceAll(/-----[^-]+-----|\s/g, '');
}
