/** The tenant file: YAML in, a tenant or every finding out. docs/tenant-file.md explains it to the people who write it. */

import type { Finding } from '../domain/failures.ts';
import type { Tenant } from '../domain/tenant.ts';
import { byPlace, check } from './findings.ts';
import { tenantFileSchema } from './tenant-schema.ts';
import { readYaml } from './yaml-source.ts';

/**
 * The tenant that the text describes, defaults filled in, or all findings in the order of the text. `file` is its name
 * in the findings' places (`file:line:column`). Never throws.
 */
export function readTenantFile(text: string, file: string): { tenant?: Tenant; findings: Finding[] } {
  const source = readYaml(text, file);
  if (source.value === undefined) return { findings: [...source.findings] };
  const { value, findings } = check(tenantFileSchema, source.value, source.locate);
  const all = [...source.findings, ...findings].sort(byPlace);
  return all.length === 0 && value ? { tenant: value, findings: [] } : { findings: all };
}
