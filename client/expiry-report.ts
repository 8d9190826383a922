/** What a person, or a program, is told of what expires. */

import { describeFinding, failureOf } from '../domain/failures.ts';
import type { ExpiringItem, Inventory } from '../domain/inventory.ts';
import type { Tenant } from '../domain/tenant.ts';
import { textTable, writeJson } from './output.ts';
import type { Output } from './output.ts';
import { partlyExitCode } from './run-end.ts';
import { word } from './shell.ts';

/** Something is overdue. */
const overdueExitCode = 8;

/** `file`: path of the tenant file, as it was given. */
export type TenantExpiry = { readonly file: string; readonly tenant: Tenant; readonly inventory: Inventory };

type Row = ExpiringItem & { readonly tenant: string; readonly environment: string };

/**
 * Writes a table (or the document) of all tenants, soonest first, and says what could not be seen. Tells the exit code: 8
 * when something is overdue, else 9 when something could not be seen.
 */
export function reportExpiry(output: Output, found: readonly TenantExpiry[]): number {
  const items = found.flatMap(({ file, tenant: { tenant, environment }, inventory }) =>
    inventory.items.map((item): Row => ({ ...item, remedy: remedyWith(file, item), tenant, environment })),
  );
  const sorted = items.toSorted((one, other) => Date.parse(one.expires) - Date.parse(other.expires));
  const overdue = sumOf(found, ({ overdue: count }) => count);
  const unseen = sumOf(found, ({ findings }) => findings.filter(({ code }) => code === 'EXPIRY_UNSEEN').length);
  const all = items.length + sumOf(found, ({ leftOut }) => leftOut);
  if (output.json) writeJson(output, documentOf(found, sorted, { overdue, unseen }));
  else if (items.length === 0) output.data('Nothing is known that expires.');
  else output.data(tableOf(sorted, found.length > 1));
  for (const { tenant, inventory } of found) sayRest(output, tenant, inventory);
  if (overdue > 0) output.say(`${overdue} of ${all} overdue: what to do stands in the last column.`);
  if (unseen > 0) output.say(`${unseen} could not be seen: whether it is overdue is not known.`);
  return overdue > 0 ? overdueExitCode : unseen > 0 ? partlyExitCode : 0;
}

/** The commands look for `tenant.yaml` when they are told of no other file. */
function remedyWith(file: string, { kind, remedy }: ExpiringItem): string {
  const path = word(file);
  if (kind === 'certificate' || kind === 'admin-key') return remedy.replace('TENANT_FILE', () => path);
  const option = file === 'tenant.yaml' ? '' : ` -t ${path}`;
  return kind === 'client-key' ? `${remedy}${option}` : remedy.replace('MANIFESTS', () => `MANIFESTS${option}`);
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

type Counts = { readonly overdue: number; readonly unseen: number };

function documentOf(found: readonly TenantExpiry[], items: readonly Row[], { overdue, unseen }: Counts) {
  const tenants = found.map(({ tenant: { tenant, environment }, inventory }) => {
    const { observedAt, leftOut, webhook, findings } = inventory;
    const remedied = findings.map((finding) => ({ ...finding, remedy: failureOf(finding.code).remedy }));
    return { tenant, environment, observedAt, webhook, leftOut, findings: remedied };
  });
  return { overdue, unseen, items, tenants };
}
