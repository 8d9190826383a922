/** A client's plan as text for people: every step, what it changes from what to what, and why. */

import { withoutNewIds } from '../domain/client-step.ts';
import type { ClientStep } from '../domain/client-step.ts';

/** `title`: whose plan it is, and where it is declared. */
export function clientPlanText(title: string, steps: readonly ClientStep[]): string {
  if (steps.length === 0) return `${title}: nothing to do\n`;
  const lines = steps.flatMap((step) => [
    `  ${step.kind}: ${step.change}${step.wide ? ' [wide]' : ''}`,
    ...detailsOf(step).map(indented),
  ]);
  return `${title}\n${withoutNewIds(lines.join('\n'), steps)}\n`;
}

const indented = (line: string): string => `      ${line}`;

function detailsOf(step: ClientStep): string[] {
  if (step.kind === 'update-client' || step.kind === 'update-scope') {
    return step.changes.map(({ field, from, to, reason }) => `${field}: ${shown(from)} → ${shown(to)} (${reason})`);
  }
  const because = `because ${step.reason}`;
  if (step.kind === 'register-client' || step.kind === 'create-scope') {
    return [because, ...Object.entries(step.body).map(([field, value]) => `${field}: ${shown(value)}`)];
  }
  if (step.kind === 'publish') {
    return [because, ...Object.entries(step.variables).map(([name, value]) => `${name}: ${shown(value)}`)];
  }
  return [because];
}

/** As JSON, which shows what is odd in a text; what is not there has no value. */
const shown = (value: unknown): string => (value === null ? 'none' : JSON.stringify(value));
