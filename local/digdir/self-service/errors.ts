/** The error body of the self-service API v1, as seen in July 2025. */

import { randomBytes } from 'node:crypto';

/** What is wrong, and with which field of the body where it is one. */
export type ApiFinding = { readonly message: string; readonly field?: string };

/** What a body describes. */
export type ApiObject = 'Client' | 'Scope';

/** Thrown where a request is refused; all findings of a body come together. */
export class ApiRefusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409;
  readonly findings: readonly ApiFinding[];
  readonly object: ApiObject;
  constructor(
    status: 400 | 401 | 403 | 404 | 409,
    found: string | readonly ApiFinding[],
    object: ApiObject = 'Client',
  ) {
    const findings = typeof found === 'string' ? [{ message: found }] : found;
    super(findings.map(({ message }) => message).join(', '));
    this.status = status;
    this.findings = findings;
    this.object = object;
  }
}

/** The comma before each message is Digdir's. */
export function apiErrorBody(status: number, findings: readonly ApiFinding[], now: Date, object: ApiObject) {
  const text = findings.map(({ message }) => `, ${message}`).join('');
  return {
    status,
    timestamp: now.toISOString().replace('Z', '000000Z'),
    correlation_id: randomBytes(16).toString('hex'),
    errors: findings.map(({ message, field }) => ({
      errorMessage: message,
      isFieldError: field !== undefined,
      ...(field !== undefined && { objectName: object, fieldIdentifier: field }),
    })),
    error: text,
    error_description: text,
  };
}
