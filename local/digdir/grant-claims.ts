/** The claims of a JWT grant: which there are, which must be, and what they may say. */

import type { JWTPayload } from 'jose';
import { type AuthorizationDetail, checkAuthorizationDetails } from './authorization-details.ts';
import type { GrantContext } from './grant.ts';
import { TokenRefusal } from './maskinporten-errors.ts';

export type GrantClaims = {
  readonly jti?: string;
  /** Unix seconds. */
  readonly exp: number;
  /** At least one. */
  readonly scopes: readonly string[];
  readonly resource?: readonly string[];
  readonly consumerOrg?: string;
  readonly pid?: string;
  readonly authorizationDetails?: readonly AuthorizationDetail[];
};

/** RFC 7519's registered names (`nbf` and `sub` are accepted though not asked for), and Maskinporten's own. */
const KNOWN_CLAIMS = new Set(
  'iss sub aud exp nbf iat jti scope resource consumer_org pid authorization_details iss_onbehalfof'.split(' '),
);

/** Seconds that `iat` may lie on either side of Digdir's clock, and that a grant may live at most. */
const CLOCK_TOLERANCE = 10;
const LONGEST_LIFE = 120;

export function checkClaims(payload: JWTPayload, context: GrantContext): GrantClaims {
  const unknown = Object.keys(payload).filter((name) => !KNOWN_CLAIMS.has(name));
  if (unknown.length > 0) throw new TokenRefusal('MP-011', `unknown claims ${unknown.join(', ')}`);
  checkAudience(payload.aud, context.issuer);
  return {
    exp: checkTimes(payload, context.now),
    scopes: readScopes(payload['scope']),
    ...optional('jti', payload.jti, isText),
    ...optional('resource', payload['resource'], isTextList),
    ...optional('pid', payload['pid'], isPersonNumber),
    ...optional('consumerOrg', payload['consumer_org'], isOrganisationNumber),
    ...(payload['authorization_details'] !== undefined && {
      authorizationDetails: checkAuthorizationDetails(payload['authorization_details']),
    }),
  };
}

/** Exactly the issuer; one in an array is what a widespread library sends. */
function checkAudience(aud: JWTPayload['aud'], issuer: string): void {
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (audiences.length !== 1 || audiences[0] !== issuer) {
    throw new TokenRefusal('MP-110', `aud is ${JSON.stringify(aud)}, not ${issuer}`);
  }
}

/** A grant issued too long ago counts as expired: its `iat` is as far off as one in the future may be. */
function checkTimes({ iat, exp }: JWTPayload, now: Date): number {
  if (!isSeconds(iat) || !isSeconds(exp)) throw new TokenRefusal('MP-011', 'iat and exp must be there, in seconds');
  const seconds = now.getTime() / 1000;
  if (iat > seconds + CLOCK_TOLERANCE) throw new TokenRefusal('issued-in-future', `iat is ${iat - seconds} s ahead`);
  if (exp <= seconds) throw new TokenRefusal('MP-130', `exp was ${seconds - exp} s ago`);
  if (exp - iat > LONGEST_LIFE) throw new TokenRefusal('MP-011', `exp - iat is ${exp - iat} s`);
  if (iat < seconds - CLOCK_TOLERANCE) throw new TokenRefusal('MP-130', `iat was ${seconds - iat} s ago`);
  return exp;
}

function readScopes(scope: unknown): readonly string[] {
  const scopes = isText(scope) ? scope.split(' ').filter((one) => one !== '') : [];
  if (scopes.length === 0) throw new TokenRefusal('MP-011', 'scope is missing');
  return scopes;
}

function optional<Name extends string, Value>(
  name: Name,
  value: unknown,
  valid: (value: unknown) => value is Value,
): { [Key in Name]?: Value } {
  if (value === undefined) return {};
  if (!valid(value)) throw new TokenRefusal('MP-011', `${name} is not as it should be`);
  return { [name]: value } as { [Key in Name]: Value };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isPersonNumber(value: unknown): value is string {
  return isText(value) && /^\d{11}$/.test(value);
}

function isOrganisationNumber(value: unknown): value is string {
  return isText(value) && /^\d{9}$/.test(value);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
