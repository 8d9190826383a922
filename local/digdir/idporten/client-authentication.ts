/**
 * Whether a client is who it says, as ID-porten judges it: before `oidc-provider` does, which is more lenient (it takes
 * a token endpoint as `aud`, and an assertion without `kid`) and gives every refusal the same words.
 *
 * Source: oidc_protocol_token (2024-10, June 2025).
 */

import { randomBytes } from 'node:crypto';
import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload } from 'jose';
import type { ClientRecord, RegisteredKey } from '../models.ts';

export type AuthenticationContext = {
  /** The one value of `aud`. */
  readonly issuer: string;
  readonly now: Date;
  client(id: string): ClientRecord | undefined;
  /** False when the assertion was used before. */
  use(assertion: string, exp: number): boolean;
};

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Seconds that `iat` may be ahead, and that an assertion may live at most. */
const CLOCK_TOLERANCE = 10;
const LONGEST_LIFE = 120;

/** What is wrong with the authentication in the form, or nothing; an assertion is used up by it. */
export async function authenticationFinding(
  form: URLSearchParams,
  context: AuthenticationContext,
): Promise<string | undefined> {
  const assertion = form.get('client_assertion');
  const id = assertion === null ? form.get('client_id') : subjectOf(assertion);
  if (id === null) return assertion === null ? 'No client authentication included.' : 'Invalid client assertion.';
  const record = context.client(id);
  if (!record) return 'Client not found.';
  const method = record.client.token_endpoint_auth_method;
  if (method === 'none') return assertion === null ? undefined : 'Invalid authentication method for client.';
  if (assertion === null) return 'No client authentication included.';
  if (method !== 'private_key_jwt') return 'Invalid authentication method for client.';
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) return 'Invalid client_assertion_type.';
  return assertionFinding(assertion, record, context);
}

/** The body of a refusal (401). */
export function authenticationError(finding: string) {
  const trace = randomBytes(16).toString('hex');
  return {
    error: 'invalid_client',
    error_description: `Client authentication failed. ${finding} (trace_id: ${trace})`,
  };
}

/** The client that an assertion says it is of; nobody's when it is no JWT. */
export function subjectOf(assertion: string): string | null {
  try {
    decodeProtectedHeader(assertion);
    return decodeJwt(assertion).sub ?? null;
  } catch {
    return null;
  }
}

async function assertionFinding(
  assertion: string,
  record: ClientRecord,
  context: AuthenticationContext,
): Promise<string | undefined> {
  const header = decodeProtectedHeader(assertion);
  if (header.alg !== 'RS256') return 'Invalid JWT algorithm.';
  if (header.x5c !== undefined || header.kid === undefined) {
    return 'Invalid JWT header: a client with registered keys must use kid.';
  }
  const key = record.keys.find(({ kid }) => kid === header.kid);
  if (!key) return 'Unknown key identifier (kid) for client.';
  if (key.exp * 1000 <= context.now.getTime()) return 'Expired key.';
  if (!(await isSignedBy(assertion, key))) return 'Invalid JWT signature.';
  return claimsFinding(decodeJwt(assertion), record.client.client_id, context);
}

async function isSignedBy(assertion: string, { kty, n, e }: RegisteredKey): Promise<boolean> {
  const key = await importJWK({ kty, n, e }, 'RS256');
  return compactVerify(assertion, key).then(
    () => true,
    () => false,
  );
}

function claimsFinding(payload: JWTPayload, id: string, context: AuthenticationContext): string | undefined {
  const { iss, aud, iat, exp, jti } = payload;
  const now = context.now.getTime() / 1000;
  if (iss !== id) return 'Invalid JWT claim iss.';
  // A list of one is refused too: the text of June 2025 asks for a single value.
  if (aud !== context.issuer) return 'Invalid JWT claim aud.';
  if (iat === undefined || exp === undefined) return 'Invalid JWT: iat and exp are required.';
  if (exp <= now) return 'JWT is expired.';
  if (iat > now + CLOCK_TOLERANCE) return 'Issue time is after now.';
  if (exp - iat > LONGEST_LIFE) return `Invalid JWT: exp is more than ${LONGEST_LIFE} s after iat.`;
  if (jti === undefined) return 'Invalid JWT: jti is required.';
  return context.use(`${id} ${jti}`, exp) ? undefined : 'JWT is used before.';
}
