/** The tenant file, for commands that cannot do without it. */

import { readFile } from 'node:fs/promises';
import { readTenantFile } from '../documents/tenant-file.ts';
import { failureOf, stops } from '../domain/failures.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Tenant } from '../domain/tenant.ts';
import { option } from './call.ts';
import type { Call } from './call.ts';

/** Path of the tenant file: `--tenant`, else the one in the working directory. */
export const tenantPath = (call: Call): string => option(call, 'tenant') ?? 'tenant.yaml';

/** The tenant that the file describes. Fails with everything that is wrong with it. */
export async function readTenant(file: string): Promise<Tenant> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Refusal('FILE_UNREADABLE', file);
  });
  const { tenant, findings } = readTenantFile(text, file);
  const faults = findings.filter(stops);
  if (tenant && faults.length === 0) return tenant;
  const code = faults[0]?.code ?? 'FIELD_INVALID';
  throw new Refusal(code, failureOf(code).title, { findings: faults });
}
