/**
 * Every error that Maskinporten's token endpoint is known to give, as data.
 *
 * Codes and texts: Digdir's troubleshooting page (maskinporten_feilsoking) and bodies that customers published. Errors
 * without a code of Digdir's have a name of ours.
 */

import { randomBytes } from 'node:crypto';

type TokenError = {
  /** The `error` member (RFC 6749 section 5.2, and Digdir's own `forbidden`). */
  readonly error: string;
  /** The `error_description`, with `{…}` where a detail of the request stands. */
  readonly text: string;
  readonly status: number;
};

const AUTHENTICATION = 'Invalid assertion. Client authentication failed.';

export const TOKEN_ERRORS = {
  'MP-011': { error: 'invalid_request', text: 'Invalid assertion. Invalid parameter value', status: 400 },
  'MP-012': { error: 'invalid_request', text: 'Grant is used before', status: 400 },
  'MP-100': { error: 'invalid_grant', text: `${AUTHENTICATION} Client not found`, status: 400 },
  'unknown-kid': {
    error: 'invalid_grant',
    text: `${AUTHENTICATION} Unknown key identifier (kid) for client.`,
    status: 400,
  },
  'MP-110': { error: 'invalid_grant', text: `${AUTHENTICATION} Invalid JWT claim aud`, status: 400 },
  'MP-120': {
    error: 'invalid_grant',
    text: `${AUTHENTICATION} The JWT is signed with an invalid certificate.`,
    status: 400,
  },
  'MP-121': { error: 'invalid_grant', text: `${AUTHENTICATION} Expired key`, status: 400 },
  'MP-122': {
    error: 'invalid_grant',
    text: 'Invalid JWT. Invalid organization number for client. Does not match certificate orgno',
    status: 400,
  },
  'MP-123': { error: 'invalid_grant', text: 'Invalid JWT header x5c (must be array of strings)', status: 400 },
  'MP-124': { error: 'invalid_grant', text: 'Invalid JWT signature', status: 400 },
  'MP-130': { error: 'invalid_grant', text: 'JWT is expired', status: 400 },
  'issued-in-future': { error: 'invalid_grant', text: 'Issue time is after now', status: 400 },
  'MP-200': { error: 'invalid_scope', text: 'Token request contains invalid scopes for client', status: 400 },
  'MP-201': {
    error: 'invalid_scope',
    text: 'Token request contains scopes not allowed for maskinporten',
    status: 400,
  },
  'MP-250': {
    error: 'forbidden',
    text: 'Consumer has not been granted access to the scope {scope}',
    status: 403,
  },
  'MP-251': {
    error: 'forbidden',
    text: 'Consumer {consumer} has not delegated access to the scope {scope} to supplier {supplier}',
    status: 403,
  },
  'MP-301': { error: 'invalid_authorization_details', text: 'Unknown authorization_details type', status: 400 },
  'MP-302': { error: 'invalid_authorization_details', text: 'Unknown authorization_details fields', status: 400 },
  'MP-303': { error: 'invalid_authorization_details', text: 'Invalid authorization_details values', status: 400 },
  'own-consumer-org': {
    error: 'invalid_request',
    text: 'Validation of JWT claim failed: The combination consumer_org in claim and delegation scope on client is invalid',
    status: 400,
  },
  /** RFC 6749 section 5.2: another grant type, or not a form. */
  'unsupported-grant-type': { error: 'unsupported_grant_type', text: 'Unsupported grant type', status: 400 },
  /** Seen by KS: a 503 that passes. */
  unavailable: { error: 'temporarily_unavailable', text: 'Temporarily unavailable', status: 503 },
} as const satisfies Record<string, TokenError>;

export type TokenErrorCode = keyof typeof TOKEN_ERRORS;

/** What stands in the `{…}` of a text. */
export type TokenErrorDetails = { readonly scope?: string; readonly consumer?: string; readonly supplier?: string };

/** Thrown where a token request is refused; `reason` is for those who look into the local world, and never sent. */
export class TokenRefusal extends Error {
  readonly code: TokenErrorCode;
  readonly details: TokenErrorDetails;
  constructor(code: TokenErrorCode, reason: string, details: TokenErrorDetails = {}) {
    super(reason);
    this.code = code;
    this.details = details;
  }
}

/** The body: the description begins with the code, where one exists and that is set, and ends with a trace id. */
export function tokenErrorBody(
  code: TokenErrorCode,
  details: TokenErrorDetails,
  codesInText: boolean,
): { error: string; error_description: string } {
  const { error, text } = TOKEN_ERRORS[code];
  const prefix = codesInText && code.startsWith('MP-') ? `${code}: ` : '';
  const filled = text
    .replace('{scope}', details.scope ?? '')
    .replace('{consumer}', details.consumer ?? '')
    .replace('{supplier}', details.supplier ?? '');
  return { error, error_description: `${prefix}${filled} (trace_id: ${randomBytes(16).toString('hex')})` };
}

export function isTokenErrorCode(code: string): code is TokenErrorCode {
  return code in TOKEN_ERRORS;
}
