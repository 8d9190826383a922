/** What a person, or a program, is told of what expires. */

import { describeFinding, failureOf } from '../domain/failures.ts';
import type { ExpiringItem, Inventory } from '../domain/inventory.ts';
import type { Tenant } from '../domain/tenant.ts';
import { textTable, writeJson } from './output.ts';
import type { Output } from './output.ts';

/** Something is overdue. */
const overdueExitCode = 8;

export type TenantExpiry = { readonly tenant: Tenant; readonly inventory: Inventory };

type Row = ExpiringItem & { readonly tenant: string; readonly environment: string };

/** Writes a table (or the document) of all tenants, soonest first, and says what could not be seen. Tells the exit code. */
export function reportExpiry(output: Output, found: readonly TenantExpiry[]): number {
  const items = found.flatMap(({ tenant: { tenant, environment }, inventory }) =>
    inventory.items.map((item): Row => ({ ...item, tenant, environment })),
  );
  const sorted = items.toSorted((one, other) => Date.parse(one.expires) - Date.parse(other.expires));
  const overdue = sumOf(found, ({ overdue: count }) => count);
  const all = items.length + sumOf(found, ({ leftOut }) => leftOut);
  if (output.json) writeJson(output, documentOf(found, sorted, overdue));
  else if (items.length === 0) output.data('Nothing is known that expires.');
  else output.data(tableOf(sorted, found.length > 1));
  for (const { tenant, inventory } of found) sayRest(output, tenant, inventory);
  if (overdue > 0) output.say(`${overdue} of ${all} overdue: what to do stands in the last column.`);
  return overdue > 0 ? overdueExitCode : 0;
}

const sumOf = (found: readonly TenantExpiry[], part: (inventory: Inventory) => number): number =>
  found.reduce((sum, { inventory }) => sum + part(inventory), 0);

function sayRest(output: Output, { tenant, environment }: Tenant, { findings, leftOut, webhook }: Inventory): void {
  for (const finding of findings) output.say(describeFinding(finding));
  if (leftOut > 0) output.say(`${tenant} (${environment}): ${leftOut} more, all of which expire later.`);
  if (!webhook) {
    output.say(
      `${tenant} (${environment}): no webhook is set (DIGDIR_NOTICE_WEBHOOK of the workers), so notices of the watch reach their log alone.`,
    );
  }
}

function tableOf(rows: readonly Row[], withTenant: boolean): string {
  const head = [...(withTenant ? ['TENANT'] : []), 'EXPIRES', 'RENEWAL', 'STATE', 'WHAT', 'OWNER', 'TO DO'];
  return textTable(
    head,
    rows.map((row) => [
      ...(withTenant ? [`${row.tenant} (${row.environment})`] : []),
      row.expires.slice(0, 10),
      row.renewal.slice(0, 10),
      row.state,
      row.what,
      row.owner,
      row.state === 'valid' ? '-' : row.remedy,
    ]),
  );
}

function documentOf(found: readonly TenantExpiry[], items: readonly Row[], overdue: number) {
  const tenants = found.map(({ tenant: { tenant, environment }, inventory }) => {
    const { observedAt, leftOut, webhook, findings } = inventory;
    const remedied = findings.map((finding) => ({ ...finding, remedy: failureOf(finding.code).remedy }));
    return { tenant, environment, observedAt, webhook, leftOut, findings: remedied };
  });
  return { overdue, items, tenants };
}
