/** The error body of the self-service API v1, as seen in July 2025. */

import { randomBytes } from 'node:crypto';

/** Thrown where a request is refused. */
export class ApiRefusal extends Error {
  readonly status: 401 | 403 | 404;
  constructor(status: 401 | 403 | 404, message: string) {
    super(message);
    this.status = status;
  }
}

/** The comma before the first message is Digdir's. */
export function apiErrorBody(status: number, message: string, now: Date) {
  return {
    status,
    timestamp: now.toISOString().replace('Z', '000000Z'),
    correlation_id: randomBytes(16).toString('hex'),
    errors: [{ errorMessage: message, isFieldError: false }],
    error: `, ${message}`,
    error_description: `, ${message}`,
  };
}
