/** Plans as text for people: what will change, and why. */

import type { DigestedPlan } from '../domain/plan.ts';
import type { ClientKind } from '../domain/tenant.ts';
import { certificatesOf } from './awaiting.ts';
import { textTable } from './output.ts';

type ClientPlans = {
  readonly kind: ClientKind;
  readonly plans: readonly DigestedPlan[];
  /** What follows at the end, in plain words. */
  readonly retirement?: string;
};

/** The same, headed by the certificate that goes in and, in a rotation, the one that it takes the place of. */
export function previewText(planned: ClientPlans): string {
  const subject = planned.plans.find(({ plan }) => plan.steps.length > 0)?.plan.subject;
  if (!subject) return planText(planned);
  const lines = [`${planned.kind}, what goes in:`, ...certificatesOf(subject).map((line) => `  ${line}`)];
  return `${lines.join('\n')}\n\n${planText(planned)}`;
}

/** The plans of a client as tables, one per phase that has steps. */
export function planText({ kind, plans, retirement }: ClientPlans): string {
  const parts = plans
    .filter(({ plan }) => plan.steps.length > 0)
    .map(({ plan, digest }) => {
      const rows = plan.steps.map((step) => [
        step.kind,
        shortName(step.resource),
        step.risk,
        `${step.change}: ${step.reason}`,
      ]);
      return `${kind}, ${plan.phase} (${digest})\n${textTable(['STEP', 'RESOURCE', 'RISK', 'WHAT WILL CHANGE, AND WHY'], rows)}\n`;
    });
  if (retirement !== undefined) parts.push(`${kind}, retirement: ${retirement}\n`);
  return parts.length > 0 ? parts.join('\n') : `${kind}: nothing to do\n`;
}

/** The last two parts of a resource name, which tell what it is and which. */
const shortName = (resource: string): string =>
  resource.startsWith('projects/') ? resource.split('/').slice(-2).join('/') : resource;
