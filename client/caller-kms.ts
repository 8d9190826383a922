/** KMS with the credentials of whoever runs the command, never those of a worker. */

import type { Environment } from '../domain/environments.ts';
import { callerGoogle } from './caller-google.ts';
import type { ImportJobReader } from './import-job.ts';

/** As `callerGoogle`: opened at the first use, and only for tenants that its endpoint is for. */
export function callerKms(environment: NodeJS.ProcessEnv, tenants: readonly Environment[]) {
  const google = callerGoogle(environment, tenants);
  return {
    open: async (): Promise<ImportJobReader> => (await google.open()).kms,
    close: google.close,
  };
}
